import type { SpanRequest, Tracing } from '@tasker/telemetry';
import { Router } from 'express';
import { startHost } from './testing/start-host';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';

interface RecordedSpan extends SpanRequest {
  readonly events: unknown[];
}

function createRecorder() {
  const spans: RecordedSpan[] = [];
  let ended: () => void = () => {};
  const whenEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const tracing: Tracing = {
    startSpan(request) {
      const events: unknown[] = [];
      spans.push({ ...request, events });
      return {
        traceparent: SPAN,
        run: (work) => work(),
        setAttributes: (attributes) => void events.push(attributes),
        fail: (message) => void events.push(message),
        end: () => ended(),
      };
    },
    stop: async () => {},
  };
  return { spans, tracing, whenEnded };
}

const routes = () =>
  Router()
    .post('/v1/tasks/:id', (_request, response) => {
      response.json({ traceparent: response.locals.traceparent });
    })
    .get('/broken', () => {
      throw new Error('broken');
    });

const post = (url: string, headers: Record<string, string>) =>
  fetch(`${url}/v1/tasks/7`, { method: 'POST', headers }).then((response) => response.json());

test("a request is a span of its caller's trace, and handlers pass on the span", async () => {
  const { spans, tracing, whenEnded } = createRecorder();
  await using server = await startHost(routes(), { tracing });
  expect(await post(server.url, { traceparent: CALLER, 'x-correlation-id': 'order-7' })).toEqual({ traceparent: SPAN });
  await whenEnded;
  expect(spans).toEqual([
    {
      name: 'POST /v1/tasks/:id',
      kind: 'server',
      parent: CALLER,
      attributes: { 'http.request.method': 'POST', 'http.route': '/v1/tasks/:id', correlation_id: 'order-7' },
      events: [{ 'http.response.status_code': 200 }],
    },
  ]);
});

test('a request that fails by our fault is a failed span', async () => {
  const { spans, tracing, whenEnded } = createRecorder();
  await using server = await startHost(routes(), { tracing });
  await fetch(`${server.url}/broken`);
  await whenEnded;
  expect(spans[0]?.events).toEqual([{ 'http.response.status_code': 500 }, 'answered with 500']);
});

test('probes and scrapes make no spans', async () => {
  const { spans, tracing } = createRecorder();
  await using server = await startHost(routes(), { tracing });
  for (const path of ['/health', '/health/ready', '/metrics']) await fetch(server.url + path);
  expect(spans).toEqual([]);
});

test("without tracing, handlers pass on the caller's context when it is valid", async () => {
  await using server = await startHost(routes());
  expect(await post(server.url, { traceparent: CALLER })).toEqual({ traceparent: CALLER });
  expect(await post(server.url, { traceparent: 'nonsense' })).toEqual({ traceparent: null });
});
