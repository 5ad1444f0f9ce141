import type { Settings } from '@tasker/settings';
import type { LogLevel, TracingOptions } from '@tasker/telemetry';
import type { WakeupMode } from './step-wakeups';
import type { WorkerTuning } from './worker-tuning';

/** What a worker process runs by. */
export interface WorkerSettings {
  readonly databaseUrl: string;
  /** Direct connection for LISTEN, when `databaseUrl` goes through a pooler. */
  readonly listenUrl: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  readonly processMetrics: boolean;
  readonly tracing: Omit<TracingOptions, 'logger'>;
  readonly mode: WakeupMode;
  readonly maxConnections: number;
  /** Modules or directories with handlers. */
  readonly handlerPaths: readonly string[];
  /** Served namespaces; empty when they are those of the templates at `templatePath`. */
  readonly namespaces: readonly string[];
  readonly templatePath: string | null;
  readonly tuning: Partial<WorkerTuning>;
}

/** Picks what a worker process runs by. */
export function toWorkerSettings({ database, worker, telemetry }: Settings): WorkerSettings {
  return {
    databaseUrl: database.url,
    listenUrl: database.listen_url || database.url,
    bindAddress: worker.web.bind_address,
    logLevel: telemetry.log_level,
    logFormat: telemetry.log_format,
    processMetrics: telemetry.metrics.process_metrics,
    tracing: toTracing(telemetry),
    mode: worker.deployment_mode,
    maxConnections: worker.database.max_connections,
    handlerPaths: worker.handlers,
    namespaces: [...new Set(worker.namespaces)],
    templatePath: worker.template_path || null,
    tuning: toTuning(worker),
  };
}

function toTuning(worker: Settings['worker']): Partial<WorkerTuning> {
  return {
    maxConcurrent: worker.max_concurrent_handlers,
    prefetch: worker.max_concurrent_handlers,
    leaseMs: worker.lease_ms,
    defaultTimeoutMs: worker.handler_timeout_ms,
    pollIntervalMs: worker.polling_interval_ms,
    shutdownTimeoutMs: worker.shutdown_timeout_ms,
  };
}

function toTracing({ tracing }: Settings['telemetry']): Omit<TracingOptions, 'logger'> {
  const { enabled, endpoint, sample_ratio: sampleRatio, service_name: name } = tracing;
  return { enabled, endpoint, sampleRatio, serviceName: name || 'tasker-worker' };
}
