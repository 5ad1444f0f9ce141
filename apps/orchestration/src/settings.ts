import type { Settings } from '@tasker/settings';
import type { LogLevel } from '@tasker/telemetry';
import type { RetryPolicy } from '@tasker/workflow';

/** What an orchestration process runs by. */
export interface OrchestrationSettings {
  readonly databaseUrl: string;
  readonly listenUrl: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
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
