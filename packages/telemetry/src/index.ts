export { createLabelBounds } from './bounded-labels';
export { createLogger, type LoggerOptions } from './create-logger';
export {
  type CounterName,
  createMetrics,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type Metrics,
  type MetricsOptions,
} from './create-metrics';
export { type Logger, type LogLevel, logLevels, type ServiceLogger } from './logger';
export type { MetricDefinition, ProcessKind } from './metric-definition';
export { type MetricTable, metricTable } from './metric-table';
export { type DeploymentMode, type ModeObserver, observeMode, type PollingCycle } from './observe-mode';
export { observePool, type PoolCounts } from './observe-pool';
export { redactText, redactValue } from './redact';
export { createTracing, type TracingOptions } from './tracing/create-tracing';
export { parseTraceparent } from './tracing/parse-traceparent';
export type { SpanAttributes, SpanRequest, TraceSpan, Tracing } from './tracing/tracing';
