import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import {
  WorkerConfigServiceService,
  WorkerHealthServiceService,
  WorkerTemplateServiceService,
} from '@tasker/protocol/grpc';
import { loadSettings } from '@tasker/settings';
import { createTemplateStore } from '@tasker/store';
import { createMigratedDatabase, type MigratedDatabase, until } from '@tasker/testing';
import { defineHandler } from '@tasker/worker-sdk';
import { parseTemplateObject } from '@tasker/workflow';
import { createWorker, type Worker } from './worker';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

let database: MigratedDatabase;
let worker: Worker;
let client: Client;

async function register(namespace_name: string, name: string): Promise<void> {
  const steps = [{ name: 'charge', description: 'Takes the money.', handler: { callable: 'charge' } }];
  const parsed = parseTemplateObject({ namespace_name, name, version: '1.0.0', steps });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  await createTemplateStore(database.pool).register(parsed.template);
}

beforeAll(async () => {
  database = await createMigratedDatabase();
  await register('shop', 'order');
  await register('bank', 'pay');
  const { settings } = loadSettings({
    variables: {
      DATABASE_URL: database.connectionString,
      WORKER_NAMESPACES: 'shop',
      TASKER_HANDLERS: 'given in code',
      TASKER_WEB_BIND_ADDRESS: '127.0.0.1:0',
      TASKER_WORKER_GRPC_BIND_ADDRESS: '127.0.0.1:0',
    },
    kind: 'worker',
  });
  worker = createWorker({
    settings,
    environment: 'test',
    handlers: [defineHandler('charge', {}, () => ({}))],
    logger: SILENT,
    workerId: 'w-1',
  });
  await worker.start();
  client = new Client(worker.grpcTarget ?? '', credentials.createInsecure());
});

afterAll(async () => {
  client?.close();
  await worker?.stop();
  await database?.[Symbol.asyncDispose]();
});

interface Method<Request, Answer> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Answer;
}

function call<Request, Answer>(
  { path, requestSerialize, responseDeserialize }: Method<Request, Answer>,
  request: Request,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), (error, answer) => {
      if (error !== null) reject(error);
      else if (answer !== undefined) resolve(answer);
    });
  });
}

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(worker.url + path);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('templates of the served namespaces are listed, and no others', async () => {
  const shown = (await get('/v1/templates?include_cache_stats=true')).body;
  expect(shown).toMatchObject({
    supported_namespaces: ['shop'],
    template_count: 1,
    templates: [{ namespace: 'shop', name: 'order', version: '1.0.0' }],
    cache_stats: { total_cached: 0, cache_hits: 0 },
    worker_capabilities: ['charge'],
  });
  const listed = await call(WorkerTemplateServiceService.listTemplates, { include_cache_stats: true });
  const { templates: _templates, ...rest } = shown;
  expect(listed).toEqual(rest);
  const other = await call(WorkerTemplateServiceService.listTemplates, {
    namespace: 'bank',
    include_cache_stats: false,
  });
  expect(other).toMatchObject({ template_count: 0, cache_stats: undefined });
});

test('a template is shown with its steps, the same over both', async () => {
  const shown = (await get('/v1/templates/shop/order/1.0.0')).body;
  expect(shown).toMatchObject({
    template: { name: 'order', steps: [{ name: 'charge', description: 'Takes the money.', retryable: true }] },
    handler_metadata: { handler_name: 'order', step_names: ['charge'] },
    cached: false,
  });
  const one = { namespace: 'shop', name: 'order', version: '1.0.0' };
  const answer = await call(WorkerTemplateServiceService.getTemplate, one);
  expect(answer.template?.steps).toEqual([
    { name: 'charge', description: 'Takes the money.', retryable: true, max_attempts: 0 },
  ]);
  expect(answer.handler_metadata?.step_names).toEqual(['charge']);
});

test.each([
  ['bank', 'pay', 'namespace bank is not served by this worker'],
  ['shop', 'none', 'template shop/none version 1.0.0 does not exist'],
])('template %s/%s is not found', async (namespace, name, message) => {
  const shown = await get(`/v1/templates/${namespace}/${name}/1.0.0`);
  expect(shown).toEqual({ status: 404, body: { error: { code: 'NOT_FOUND', message } } });
  const answer = call(WorkerTemplateServiceService.getTemplate, { namespace, name, version: '1.0.0' });
  await expect(answer).rejects.toMatchObject({ code: status.NOT_FOUND, details: message });
});

test('the configuration is the same over both, and names no address', async () => {
  const shown = (await get('/config')).body;
  const answer = await call(WorkerConfigServiceService.getConfig, {});
  expect(answer).toMatchObject({ worker_id: 'w-1', worker_type: 'general', messaging: shown.messaging });
  expect(answer.metadata).toMatchObject({ environment: 'test' });
  expect(JSON.stringify(shown)).not.toContain('127.0.0.1');
});

test('health says the same as over REST, with its checks and facts', async () => {
  // Its listener connects in the background, and until then it is degraded.
  await until('it is healthy', async () => (await get('/health')).body.status === 'healthy');
  const shown = (await get('/health')).body;
  expect((await call(WorkerHealthServiceService.checkHealth, {})).status).toBe(shown.status);
  expect(await call(WorkerHealthServiceService.checkLiveness, {})).toMatchObject({ status: 'alive', worker_id: 'w-1' });
  const ready = await call(WorkerHealthServiceService.checkReadiness, {});
  expect(ready).toMatchObject({
    status: 'ready',
    worker_id: 'w-1',
    checks: { database: { status: 'healthy', last_checked: expect.any(Date) } },
    system_info: { environment: 'test', supported_namespaces: ['shop'], database_pool_size: 6 },
  });
  const detailed = await call(WorkerHealthServiceService.checkDetailedHealth, {});
  expect(detailed.checks).toMatchObject({
    queue_processing: { status: 'healthy' },
    step_processing: { status: 'healthy' },
    circuit_breakers: { status: 'healthy' },
  });
});
