import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath, service } from 'grpc-health-check';
import { callUnary } from '../testing/call-unary';
import { startGrpcHost, type TestGrpcHost } from '../testing/start-grpc-host';

const { Check, Watch, List } = service as Record<string, never>;

const check = (server: TestGrpcHost, name: string) => callUnary(server.client, Check!, { service: name } as never);

function watch(server: TestGrpcHost, name: string) {
  const { path, requestSerialize, responseDeserialize } = Watch! as {
    path: string;
    requestSerialize: (value: object) => Buffer;
    responseDeserialize: (bytes: Buffer) => { status: string };
  };
  return server.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: name });
}

test.each(['', 'tasker.v1.TaskService', 'tasker.v1.HealthService'])(
  '%j is SERVING while the process is ready',
  async (name) => {
    let isReady = true;
    await using server = await startGrpcHost({ health: { isReady: async () => isReady } });
    expect(await check(server, name)).toMatchObject({ ok: true, answer: { status: 'SERVING' } });
    isReady = false;
    expect(await check(server, name)).toMatchObject({ ok: true, answer: { status: 'NOT_SERVING' } });
  },
);

test('a check of health that fails is NOT_SERVING', async () => {
  await using server = await startGrpcHost({
    health: { isReady: () => Promise.reject(new Error('database is down')) },
  });
  expect(await check(server, '')).toMatchObject({ answer: { status: 'NOT_SERVING' } });
});

test('a service that is not served is NOT_FOUND, and all that are can be listed', async () => {
  await using server = await startGrpcHost();
  expect(await check(server, 'tasker.v1.DlqService')).toMatchObject({ error: { code: status.NOT_FOUND } });
  expect(await callUnary(server.client, List!, {} as never)).toMatchObject({
    answer: { statuses: { '': { status: 'SERVING' }, 'tasker.v1.TaskService': { status: 'SERVING' } } },
  });
});

test('a watcher hears of each change, and of the stop before the stream ends', async () => {
  let isReady = true;
  const server = await startGrpcHost({ health: { isReady: async () => isReady }, limits: { healthIntervalMs: 5 } });
  const stream = watch(server, 'tasker.v1.HealthService');
  const next = () => new Promise<{ status: string }>((done) => stream.once('data', done));
  const ended = new Promise((done) => stream.once('error', done));
  expect(await next()).toEqual({ status: 'SERVING' });
  isReady = false;
  expect(await next()).toEqual({ status: 'NOT_SERVING' });
  isReady = true;
  expect(await next()).toEqual({ status: 'SERVING' });
  const last = next();
  await server.host.stop();
  expect(await last).toEqual({ status: 'NOT_SERVING' });
  expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
  server.client.close();
});

test('a watcher of a name that nobody serves is told that it is unknown', async () => {
  await using server = await startGrpcHost();
  const stream = watch(server, 'nobody');
  stream.on('error', () => {});
  expect(await new Promise((done) => stream.once('data', done))).toEqual({ status: 'SERVICE_UNKNOWN' });
  stream.cancel();
});

test('a server told to leave health out does not serve it', async () => {
  await using server = await startGrpcHost({ health: null });
  expect(await check(server, '')).toMatchObject({ error: { code: status.UNIMPLEMENTED } });
});

test('an ordinary client of the health protocol is served', async () => {
  await using server = await startGrpcHost();
  const { grpc } = loadPackageDefinition(loadSync(protoPath, { enums: String })) as unknown as {
    grpc: { health: { v1: { Health: new (target: string, creds: unknown) => HealthClient } } };
  };
  const client = new grpc.health.v1.Health(server.host.target, credentials.createInsecure());
  const answer = await new Promise((done) => client.check({ service: '' }, (_error, value) => done(value)));
  expect(answer).toEqual({ status: 'SERVING' });
  client.close();
});

interface HealthClient {
  check(request: { service: string }, callback: (error: unknown, answer: unknown) => void): void;
  close(): void;
}
