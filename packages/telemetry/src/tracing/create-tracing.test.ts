import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger';
import { createTracing, type TracingOptions } from './create-tracing';
import type { Tracing } from './tracing';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ENDPOINT = 'http://127.0.0.1:9/v1/traces';
const request = (parent: string | null) =>
  ({ name: 'work', kind: 'consumer', parent, attributes: { namespace: 'shop' } }) as const;

let tracing: Tracing | null = null;
let warnings: unknown[] = [];
const logger: Logger = { debug() {}, info() {}, warn: (_message, fields) => void warnings.push(fields), error() {} };

function start(options: Partial<TracingOptions> = {}) {
  const exporter = new InMemorySpanExporter();
  warnings = [];
  tracing = createTracing({ enabled: true, endpoint: ENDPOINT, serviceName: 'test', logger, exporter, ...options });
  if (tracing === null) throw new Error('tracing is off');
  return { tracing, spans: () => exporter.getFinishedSpans() };
}

afterEach(async () => {
  await tracing?.stop();
  tracing = null;
});

test('a span belongs to the trace of its parent and hands its own context on', () => {
  const started = start();
  const span = started.tracing.startSpan(request(CALLER));
  const child = started.tracing.startSpan(request(span.traceparent));
  child.end();
  span.end();
  const [childSpan, parentSpan] = started.spans();
  expect(span.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  expect(parentSpan?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
  expect(childSpan?.parentSpanContext?.spanId).toBe(parentSpan?.spanContext().spanId);
  expect(parentSpan?.resource.attributes['service.name']).toBe('test');
  expect(parentSpan?.attributes).toEqual({ namespace: 'shop' });
});

test('a span without a parent starts a trace, even while another one is active', () => {
  const started = start();
  const outer = started.tracing.startSpan(request(null));
  outer.run(() => started.tracing.startSpan(request(null)).end());
  outer.end();
  const [inner] = started.spans();
  expect(inner?.parentSpanContext).toBeUndefined();
  expect(outer.traceparent).not.toContain(inner?.spanContext().traceId);
});

test('spans that other code makes inside of a running one are its children, also after an await', async () => {
  const started = start();
  const span = started.tracing.startSpan(request(CALLER));
  await span.run(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    trace.getTracer('a handler').startSpan('query').end();
  });
  span.end();
  const [query] = started.spans();
  expect(span.traceparent).toContain(`-${query?.parentSpanContext?.spanId}-`);
});

test('a failed span says why, without credentials', () => {
  const started = start();
  const span = started.tracing.startSpan(request(null));
  span.setAttributes({ attempt: 2 });
  span.fail('cannot log in with password=hunter2');
  span.end();
  expect(started.spans()[0]).toMatchObject({
    status: { code: 2, message: 'cannot log in with password=[redacted]' },
    attributes: { namespace: 'shop', attempt: 2 },
  });
});

test('traces that begin here are sampled by the ratio, others as their caller decided', () => {
  const started = start({ sampleRatio: 0 });
  const own = started.tracing.startSpan(request(null));
  own.end();
  started.tracing.startSpan(request(CALLER)).end();
  started.tracing.startSpan(request(CALLER.replace(/01$/, '00'))).end();
  expect(own.traceparent).toMatch(/-00$/);
  expect(started.spans().map((span) => span.parentSpanContext?.traceFlags)).toEqual([1]);
});

async function startCollector(answer: number) {
  const bodies: unknown[] = [];
  const server = createServer(async (incoming: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    bodies.push({ path: incoming.url, ...JSON.parse(Buffer.concat(chunks).toString('utf8')) });
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/v1/traces`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function startSending(endpoint: string): Tracing {
  warnings = [];
  tracing = createTracing({ enabled: true, endpoint, serviceName: 'test', logger });
  if (tracing === null) throw new Error('tracing is off');
  return tracing;
}

test('stopping sends what is left to the endpoint, by OTLP in JSON', async () => {
  await using collector = await startCollector(200);
  const sending = startSending(collector.endpoint);
  sending.startSpan(request(CALLER)).end();
  await sending.stop();
  expect(collector.bodies).toMatchObject([
    {
      path: '/v1/traces',
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'work', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }] }] }],
    },
  ]);
});

test('a collector that refuses spans is a warning, and stopping resolves all the same', async () => {
  await using collector = await startCollector(400);
  const sending = startSending(collector.endpoint);
  sending.startSpan(request(null)).end();
  await sending.stop();
  expect(collector.bodies).toHaveLength(1);
  expect(warnings).toContainEqual(expect.objectContaining({ component: 'tracing' }));
});
