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
export { type MetricDefinition, type MetricTable, metricTable } from './metric-table';
export { redactText, redactValue } from './redact';
