import type { SpanRequest, Tracing } from '@tasker/telemetry';
import { createFakeWorkerStore } from './testing/fake-worker-store';
import { startWorker } from './testing/start-test-worker';
import { createStepTracer } from './trace-step';

const REQUEST = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';

function createRecorder() {
  const spans: SpanRequest[] = [];
  const events: unknown[] = [];
  const tracing: Tracing = {
    startSpan(request) {
      spans.push(request);
      return {
        traceparent: SPAN,
        run(work) {
          events.push('active');
          return work();
        },
        setAttributes: (attributes) => void events.push(attributes),
        fail: (message) => void events.push(message),
        end: () => void events.push('ended'),
      };
    },
    stop: async () => {},
  };
  return { spans, events, traceStep: createStepTracer(tracing) };
}

test("an attempt is a span of its task's trace, and its handler hands the span on", async () => {
  const { spans, events, traceStep } = createRecorder();
  const store = createFakeWorkerStore();
  const step = { traceparent: REQUEST, correlationId: 'order-7', stepName: 'charge', attempt: 2 };
  await using started = await startWorker((context) => context.traceparent, { store, traceStep });
  const [id] = store.enqueue('shop', [step]);
  started.wake();
  await store.until(() => store.reports.length === 1);
  expect(spans).toEqual([
    {
      name: 'step charge',
      kind: 'consumer',
      parent: REQUEST,
      attributes: {
        correlation_id: 'order-7',
        task_uuid: expect.any(String),
        step_uuid: id,
        step_name: 'charge',
        namespace: 'shop',
        handler: 'work',
        attempt: 2,
      },
    },
  ]);
  expect(events).toEqual(['active', 'ended']);
  expect(store.reports[0]).toMatchObject([{ outcome: { kind: 'success', result: SPAN } }]);
});

test('a failed attempt is a failed span', async () => {
  const { events, traceStep } = createRecorder();
  const store = createFakeWorkerStore();
  await using started = await startWorker(() => Promise.reject(new TypeError('no stock')), { store, traceStep });
  store.enqueue('shop', [{}]);
  started.wake();
  await store.until(() => store.reports.length === 1);
  expect(events).toEqual(['active', { error_type: 'TypeError' }, 'no stock', 'ended']);
});
