import type { SpanRequest, Tracing } from '@tasker/telemetry';
import { ApiError } from '../api-error';
import type { GrpcCall } from './grpc-service';
import { createCallTracer } from './trace-call';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';
const call: GrpcCall = {
  requestId: 'r-1',
  correlationId: 'c-1',
  traceparent: CALLER,
  signal: new AbortController().signal,
  get: () => undefined,
};

function createRecorder() {
  const spans: SpanRequest[] = [];
  const events: string[] = [];
  const tracing: Tracing = {
    startSpan(request) {
      spans.push(request);
      return {
        traceparent: SPAN,
        run: (work) => work(),
        setAttributes: () => {},
        fail: (message) => void events.push(message),
        end: () => void events.push('end'),
      };
    },
    stop: async () => {},
  };
  return { spans, events, tracing };
}

test("a call is a span of its caller's trace, and its method passes on the span", async () => {
  const { spans, events, tracing } = createRecorder();
  const trace = createCallTracer(tracing, '/tasker.v1.TaskService/GetTask');
  expect(await trace(call, async ({ traceparent }) => traceparent)).toBe(SPAN);
  expect(spans).toEqual([
    {
      name: 'tasker.v1.TaskService/GetTask',
      kind: 'server',
      parent: CALLER,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'tasker.v1.TaskService',
        'rpc.method': 'GetTask',
        correlation_id: 'c-1',
      },
    },
  ]);
  expect(events).toEqual(['end']);
});

test('a call that fails by our fault is a failed span; one that is refused is not', async () => {
  const { events, tracing } = createRecorder();
  const trace = createCallTracer(tracing, '/tasker.v1.TaskService/GetTask');
  await expect(trace(call, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(trace(call, () => Promise.reject(new ApiError('NOT_FOUND', 'gone')))).rejects.toThrow('gone');
  expect(events).toEqual(['answered with INTERNAL', 'end', 'end']);
});

test.each(['tasker.v1.HealthService', 'tasker.v1.WorkerHealthService', 'grpc.health.v1.Health'])(
  'probes of %s make no spans',
  async (service) => {
    const { spans, tracing } = createRecorder();
    const trace = createCallTracer(tracing, `/${service}/Check`);
    expect(await trace(call, async ({ traceparent }) => traceparent)).toBe(CALLER);
    expect(spans).toEqual([]);
  },
);
