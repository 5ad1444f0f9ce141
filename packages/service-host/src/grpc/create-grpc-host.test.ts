import { status } from '@grpc/grpc-js';
import { raceAbort } from '@tasker/lifecycle';
import { ErrorDetail, TaskServiceService, TaskStatusUpdate_UpdateType } from '@tasker/protocol/grpc';
import { ApiError } from '../api-error';
import { HttpError } from '../http-error';
import { callUnary } from '../testing/call-unary';
import { startGrpcHost, type TestGrpcHost } from '../testing/start-grpc-host';
import { createGrpcHost } from './create-grpc-host';
import type { GrpcCall } from './grpc-service';

const { getTaskContext, getTask, streamTaskStatus, createTask } = TaskServiceService;
const empty = { context: undefined };
const request = { task_uuid: 't-1' };
const update = {
  update_type: TaskStatusUpdate_UpdateType.UPDATE_TYPE_TASK_STATE_CHANGE,
  timestamp: undefined,
};

/** A promise and what settles it. */
function gate<Value = void>() {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((done) => {
    open = done;
  });
  return { opened, open: (value: Value) => open(value) };
}

const fail = (error: unknown) => ({ tasks: { getTaskContext: () => Promise.reject(error) } });

function watch(server: TestGrpcHost) {
  const { path, requestSerialize, responseDeserialize } = streamTaskStatus;
  return server.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    task_uuid: 't-1',
    include_steps: false,
  });
}

test('a call has ids, and keeps the ids that its caller gave if they are well formed', async () => {
  const seen: GrpcCall[] = [];
  await using server = await startGrpcHost({
    tasks: {
      getTaskContext: async (_request, call) => {
        seen.push(call);
        return empty;
      },
    },
  });
  const metadata = { 'x-request-id': 'r-1', 'x-correlation-id': 'c-1' };
  const kept = await callUnary(server.client, getTaskContext, request, { metadata });
  expect(kept.ok && kept.headers.getMap()).toMatchObject(metadata);
  expect(seen[0]).toMatchObject({ requestId: 'r-1', correlationId: 'c-1' });
  const odd = await callUnary(server.client, getTaskContext, request, { metadata: { 'x-request-id': 'a b"<' } });
  expect(odd.ok && odd.headers.getMap()['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('an error that a method decides on has the status of its code, its message and its details', async () => {
  const problems = [
    { path: 'name', message: 'is required' },
    { path: 'tags[0]', message: 'must be string' },
  ];
  await using server = await startGrpcHost(fail(new ApiError('BAD_REQUEST', 'name is required', problems)));
  const end = await callUnary(server.client, getTaskContext, request, { metadata: { 'x-request-id': 'r-2' } });
  if (end.ok) throw new Error('expected an error');
  expect([end.error.code, end.error.details]).toEqual([status.INVALID_ARGUMENT, 'name is required']);
  expect(end.error.metadata.getMap()).toMatchObject({ 'tasker-error-code': 'BAD_REQUEST', 'x-request-id': 'r-2' });
  const details = end.error.metadata.get('tasker-error-detail-bin').map((bytes) => ErrorDetail.decode(bytes as Buffer));
  expect(details.map(({ field, message }) => ({ path: field, message }))).toEqual(problems);
});

test('a duplicate names what exists already', async () => {
  await using server = await startGrpcHost(fail(new ApiError('TASK_EXISTS', 'it exists', { task_uuid: 't-0' })));
  const end = await callUnary(server.client, getTaskContext, request);
  if (end.ok) throw new Error('expected an error');
  expect(end.error.code).toBe(status.ALREADY_EXISTS);
  const [detail] = end.error.metadata.get('tasker-error-detail-bin');
  expect(ErrorDetail.decode(detail as Buffer)).toMatchObject({
    code: 'CONFLICT',
    metadata: new Map([['task_uuid', 't-0']]),
  });
});

test('details beyond four kilobytes are left out, so that the answer arrives', async () => {
  const problems = Array.from({ length: 20 }, (_, index) => ({ path: `f${index}`, message: 'x'.repeat(1_000) }));
  await using server = await startGrpcHost(fail(new ApiError('BAD_REQUEST', 'all is wrong', problems)));
  const end = await callUnary(server.client, getTaskContext, request);
  if (end.ok) throw new Error('expected an error');
  expect(end.error.metadata.get('tasker-error-detail-bin')).toHaveLength(4);
});

test('an overload says when to come back', async () => {
  await using server = await startGrpcHost(fail(new HttpError(503, 'BACKPRESSURE', 'too much at once')));
  const end = await callUnary(server.client, getTaskContext, request);
  if (end.ok) throw new Error('expected an error');
  expect(end.error.code).toBe(status.UNAVAILABLE);
  expect(end.error.metadata.getMap()).toMatchObject({ 'retry-after': '1', 'tasker-error-code': 'BACKPRESSURE' });
});

test('an unexpected error is INTERNAL, tells nothing, and is logged with its request id', async () => {
  await using server = await startGrpcHost(fail(new Error('select secret_column from internals')));
  const end = await callUnary(server.client, getTaskContext, request, { metadata: { 'x-request-id': 'r-3' } });
  if (end.ok) throw new Error('expected an error');
  expect(end.error.code).toBe(status.INTERNAL);
  expect(end.error.message).not.toContain('secret_column');
  expect(server.complaints[0]).toMatchObject(['grpc request failed', { requestId: 'r-3', method: 'GetTaskContext' }]);
});

test('a method that is not served is UNIMPLEMENTED', async () => {
  await using server = await startGrpcHost();
  const end = await callUnary(server.client, getTaskContext, request);
  expect(end.ok ? null : end.error.code).toBe(status.UNIMPLEMENTED);
});

test('bytes that are no message of the method are INVALID_ARGUMENT', async () => {
  await using server = await startGrpcHost({ tasks: { getTaskContext: async () => empty } });
  const garbage = { ...getTaskContext, requestSerialize: () => Buffer.from([0x0a, 0xff]) };
  const end = await callUnary(server.client, garbage, request);
  expect(end.ok ? null : end.error.code).toBe(status.INVALID_ARGUMENT);
});

test('a document that is nested too deep to be decoded is INVALID_ARGUMENT', async () => {
  let context: object = {};
  for (let level = 0; level < 60; level += 1) context = { in: context };
  await using server = await startGrpcHost({ tasks: { createTask: async () => ({ task: undefined }) } });
  const task = { name: '', namespace: '', version: '', context, tags: [] };
  const end = await callUnary(server.client, createTask, task);
  expect(end.ok ? null : end.error.code).toBe(status.INVALID_ARGUMENT);
});

test('a message above the limit is RESOURCE_EXHAUSTED, and the server goes on', async () => {
  await using server = await startGrpcHost({ tasks: { getTaskContext: async () => empty } });
  const large = await callUnary(server.client, getTaskContext, { task_uuid: 'x'.repeat(1_048_577) });
  expect(large.ok ? null : large.error.code).toBe(status.RESOURCE_EXHAUSTED);
  expect((await callUnary(server.client, getTaskContext, request)).ok).toBe(true);
});

test('a call whose deadline passes is told so by its signal', async () => {
  const aborted = gate<unknown>();
  let hasEntered = false;
  await using server = await startGrpcHost({
    tasks: {
      getTaskContext(_request, { signal }) {
        hasEntered = true;
        return raceAbort(new Promise<never>(() => {}), signal).finally(() => aborted.open(signal.reason));
      },
    },
  });
  // On a stalled machine a deadline may pass before the server hears of the call: then the next one has more time.
  for (let timeoutMs = 250; !hasEntered; timeoutMs *= 2) {
    const end = await callUnary(server.client, getTaskContext, request, { deadline: Date.now() + timeoutMs });
    expect(end.ok ? null : end.error.code).toBe(status.DEADLINE_EXCEEDED);
  }
  expect(await aborted.opened).toBeInstanceOf(Error);
});

test('a stream is told when its client cancels', async () => {
  const aborted = gate<unknown>();
  await using server = await startGrpcHost({
    tasks: {
      async *streamTaskStatus(_request, { signal }) {
        yield update;
        await new Promise<void>((done) => {
          signal.addEventListener('abort', () => {
            aborted.open(signal.reason);
            done();
          });
        });
      },
    },
  });
  const stream = watch(server);
  stream.on('error', () => {});
  stream.once('data', () => stream.cancel());
  expect(await aborted.opened).toMatchObject({ code: 'CLIENT_GONE' });
});

test('a stream gives its answers in order and ends as its method does', async () => {
  await using server = await startGrpcHost({
    tasks: {
      async *streamTaskStatus() {
        yield { ...update, error_message: 'one' };
        yield { ...update, error_message: 'two' };
        throw new ApiError('NOT_FOUND', 'gone');
      },
    },
  });
  const stream = watch(server);
  const seen: unknown[] = [];
  stream.on('data', ({ error_message }) => seen.push(error_message));
  const error = await new Promise((done) => stream.once('error', done));
  expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'gone' });
  expect(seen).toEqual(['one', 'two']);
});

test('calls are counted by service, method and the name of their status', async () => {
  await using server = await startGrpcHost({ tasks: { getTask: async () => ({ task: undefined, steps: [] }) } });
  await callUnary(server.client, getTask, { task_uuid: 'a', include_steps: false, include_context: false });
  const text = await server.metrics.scrape();
  const labels = 'service="tasker.v1.TaskService",method="GetTask"';
  expect(text).toContain(`tasker_grpc_requests_total{${labels},code="OK"} 1`);
  expect(text).toContain(`tasker_grpc_request_duration_seconds_count{${labels}} 1`);
});

test('stop lets a running call finish, ends streams and takes no new call', async () => {
  const entered = gate();
  const finish = gate();
  const server = await startGrpcHost({
    tasks: {
      async getTaskContext() {
        entered.open();
        await finish.opened;
        return empty;
      },
      async *streamTaskStatus(_request, { signal }) {
        yield update;
        await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
      },
    },
  });
  const stream = watch(server);
  await new Promise((done) => stream.once('data', done));
  const streamEnd = new Promise((done) => stream.once('error', done));
  const answer = callUnary(server.client, getTaskContext, request);
  await entered.opened;
  const stopping = server.host.stop();
  expect(await streamEnd).toMatchObject({ code: status.UNAVAILABLE });
  finish.open();
  expect((await answer).ok).toBe(true);
  await stopping;
  expect((await callUnary(server.client, getTaskContext, request)).ok).toBe(false);
  expect(server.complaints).toEqual([]);
  server.client.close();
});

test('stop ends calls that run longer than its deadline, and tells them by their signal', async () => {
  const entered = gate<AbortSignal>();
  const server = await startGrpcHost({
    limits: { stopDeadlineMs: 1 },
    tasks: {
      getTaskContext(_request, { signal }) {
        entered.open(signal);
        return new Promise(() => {});
      },
    },
  });
  const answer = callUnary(server.client, getTaskContext, request);
  const signal = await entered.opened;
  await server.host.stop();
  expect(signal.reason).toMatchObject({ code: 'STOPPED' });
  expect((await answer).ok).toBe(false);
  server.client.close();
});

test('a port that is taken makes start fail with its address', async () => {
  // The library tells standard error as well.
  const complaint = jest.spyOn(console, 'error').mockImplementation();
  await using server = await startGrpcHost();
  await expect(startGrpcHost({ bind: server.host.target })).rejects.toThrow(
    `gRPC cannot listen on ${server.host.target}`,
  );
  complaint.mockRestore();
});

test('a server without an address says so, and one that never started stops', async () => {
  await using server = await startGrpcHost();
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { metrics } = server;
  const host = createGrpcHost({ bind: '127.0.0.1:0', services: [], metrics, health: null, reflection: false, logger });
  expect(() => host.target).toThrow('has not been started');
  await host.stop();
});
