import { context, DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger';
import { redactText } from '../redact';
import type { TracingOptions } from './create-tracing';
import type { SpanRequest, TraceSpan, Tracing } from './tracing';

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;
const EXPORT_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 5_000;

type Span = ReturnType<ReturnType<typeof trace.getTracer>['startSpan']>;

function createProcessor({ endpoint, exporter }: TracingOptions): SpanProcessor {
  if (exporter !== undefined) return new SimpleSpanProcessor(exporter);
  const sender = new OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS });
  return new BatchSpanProcessor(sender, { exportTimeoutMillis: EXPORT_TIMEOUT_MS });
}

function createProvider(options: TracingOptions): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': options.serviceName })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio ?? 1) }),
    spanProcessors: [createProcessor(options)],
  });
}

/** Makes the API that handlers may use work; gives a function that undoes it. */
function registerGlobally(provider: BasicTracerProvider, logger: Logger): () => void {
  const tell = (message: string, ...details: unknown[]) =>
    logger.warn('tracing has a problem', {
      component: 'tracing',
      problem: [message, ...details].map(String).join(' '),
    });
  const ignore = () => {};
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return () => {
    trace.disable();
    context.disable();
    diag.disable();
  };
}

function toTraceSpan(span: Span): TraceSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    run: (work) => context.with(trace.setSpan(ROOT_CONTEXT, span), work),
    setAttributes: (attributes) => void span.setAttributes(attributes),
    fail: (message) => void span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(message) }),
    end: () => span.end(),
  };
}

async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

/** Creates tracing over the OpenTelemetry SDK. */
export function createOpenTelemetryTracing(options: TracingOptions): Tracing {
  const provider = createProvider(options);
  const unregister = registerGlobally(provider, options.logger);
  const tracer = provider.getTracer('tasker');
  let stopping: Promise<void> | null = null;

  async function stop(): Promise<void> {
    const sent = provider.shutdown().catch((error: unknown) => {
      options.logger.warn('the last spans could not be sent', { component: 'tracing', error });
    });
    await within(sent, STOP_TIMEOUT_MS);
    unregister();
  }

  return {
    startSpan({ name, kind, parent, attributes }: SpanRequest) {
      const caller = parent === null ? null : parseTraceParent(parent);
      const parentContext =
        caller === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true });
      return toTraceSpan(tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, parentContext));
    },

    stop: () => (stopping ??= stop()),
  };
}
