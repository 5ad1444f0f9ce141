import type { Settings } from '@tasker/settings';
import type { LogLevel, TracingOptions } from '@tasker/telemetry';
import type { RetryPolicy } from '@tasker/workflow';

/** What an orchestration process runs by. */
export interface OrchestrationSettings {
  readonly databaseUrl: string;
  readonly listenUrl: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  readonly processMetrics: boolean;
  readonly tracing: Omit<TracingOptions, 'logger'>;
  readonly maxConnections: number;
  /** For steps whose template is silent. */
  readonly retryDefaults: RetryPolicy;
}

/** Picks what an orchestration process runs by. */
export function toOrchestrationSettings({ database, orchestration, telemetry }: Settings): OrchestrationSettings {
  const { retry, web } = orchestration;
  return {
    databaseUrl: database.url,
    listenUrl: database.listen_url || database.url,
    bindAddress: web.bind_address,
    logLevel: telemetry.log_level,
    logFormat: telemetry.log_format,
    processMetrics: telemetry.metrics.process_metrics,
    tracing: toTracing(telemetry),
    maxConnections: database.max_connections,
    retryDefaults: {
      retryable: true,
      maxAttempts: retry.max_attempts,
      backoff: retry.backoff,
      backoffBaseMs: retry.backoff_base_ms,
      maxBackoffMs: retry.max_backoff_ms,
    },
  };
}

function toTracing({ tracing }: Settings['telemetry']): Omit<TracingOptions, 'logger'> {
  const { enabled, endpoint, sample_ratio: sampleRatio, service_name: name } = tracing;
  return { enabled, endpoint, sampleRatio, serviceName: name || 'tasker-orchestration' };
}
