import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger';
import type { Tracing } from './tracing';

/** Whether and how a process traces. */
export interface TracingOptions {
  readonly enabled: boolean;
  /** URL to which spans are posted, by OTLP over HTTP in JSON, such as `http://localhost:4318/v1/traces`. */
  readonly endpoint: string;
  /** Share of the traces that begin here and are recorded, 0…1; others follow their caller's decision. @default 1 */
  readonly sampleRatio?: number;
  /** Names the process in traces, such as `tasker-worker`. */
  readonly serviceName: string;
  /** Told when spans cannot be sent. */
  readonly logger: Logger;
  /** Takes each span as it ends, in place of `endpoint`. */
  readonly exporter?: SpanExporter;
}

/**
 * Creates the tracing of a process, or gives null when it is off. While it is on, spans that handlers make by
 * `@opentelemetry/api` are recorded as well.
 */
export function createTracing(options: TracingOptions): Tracing | null {
  if (!options.enabled) return null;
  // Loaded here and not above: a process that does not trace shall not load the SDK.
  const { createOpenTelemetryTracing } =
    require('./open-telemetry-tracing') as typeof import('./open-telemetry-tracing');
  return createOpenTelemetryTracing(options);
}
