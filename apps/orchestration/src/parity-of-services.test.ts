import { Metadata, status } from '@grpc/grpc-js';
import { ConfigServiceService, HealthServiceService, TemplateServiceService } from '@tasker/protocol/grpc';
import { until } from '@tasker/testing';
import { asJson, described, expectSameRefusal, fieldsOf } from './testing/parity';
import { startApi, type TestApi } from './testing/start-api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi(['order', 'refund', 'return'].map((name) => described(name)));
});
afterAll(() => api?.[Symbol.asyncDispose]());

test('templates are listed and shown the same', async () => {
  const listed = await api.grpc(TemplateServiceService.listTemplates, { namespace: 'shop' });
  expect(asJson(listed)).toEqual((await api.rest('GET', '/v1/templates?namespace=shop')).body);
  expect(listed.total_count).toBe(3);
  const path = '/v1/templates/shop/order/1.0.0';
  const shown = (await api.rest('GET', path)).body as { configuration: object; steps: object[] };
  const one = { namespace: 'shop', name: 'order', version: '1.0.0' };
  const { template: found } = await api.grpc(TemplateServiceService.getTemplate, one);
  expect(found).toMatchObject({ description: 'Charges and ships.', configuration: shown.configuration });
  expect(found?.steps.map(({ name }) => name)).toEqual(['charge', 'ship']);
  await expectSameRefusal(
    api.grpc(TemplateServiceService.getTemplate, { ...one, version: '2.0.0' }),
    api.rest('GET', '/v1/templates/shop/order/2.0.0'),
    { grpc: status.NOT_FOUND, http: 404 },
  );
});

test('the configuration is the same, and holds nothing but what is known to be safe', async () => {
  const shown = (await api.rest('GET', '/config')).body as Record<string, unknown>;
  const { metadata: made, auth, ...rest } = await api.grpc(ConfigServiceService.getConfig, {});
  expect(rest).toEqual(fieldsOf(rest, shown));
  expect(auth?.enabled).toBe(false);
  expect(made).toMatchObject({ environment: 'development', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(JSON.stringify(shown)).not.toContain('postgres');
});

test('health says the same, with its checks', async () => {
  const readHealth = async () => (await api.rest('GET', '/health')).body as { status: string };
  // Its listener connects in the background, and until then it is degraded.
  await until('it is healthy', async () => (await readHealth()).status === 'healthy');
  const shown = await readHealth();
  expect((await api.grpc(HealthServiceService.checkHealth, {})).status).toBe(shown.status);
  expect((await api.grpc(HealthServiceService.checkLiveness, {})).status).toBe('alive');
  const ready = await api.grpc(HealthServiceService.checkReadiness, {});
  expect(ready).toMatchObject({ status: 'ready', checks: { web_database: { status: 'healthy' } } });
  expect(ready.info?.web_database_pool_size).toBe(10);
  const detailed = await api.grpc(HealthServiceService.checkDetailedHealth, {});
  expect(detailed.checks?.pool_utilization?.status).toBe('healthy');
  expect(detailed.checks?.channel_saturation?.status).toBe('unknown');
});

test('a correlation id comes back over both', async () => {
  const given = new Metadata();
  given.set('x-correlation-id', 'c-7');
  const { path, requestSerialize, responseDeserialize } = TemplateServiceService.listTemplates;
  const headers = await new Promise<Metadata>((done) => {
    api.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, given, () => {}).on('metadata', done);
  });
  expect(headers.get('x-correlation-id')).toEqual(['c-7']);
  const answer = await api.rest('GET', '/v1/templates', undefined, { 'x-correlation-id': 'c-7' });
  expect(answer.headers.get('x-correlation-id')).toBe('c-7');
});
