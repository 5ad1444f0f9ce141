import type { Settings } from '@tasker/settings';
import { DEFAULT_TUNING, type WorkerTuning } from './worker-tuning';

/** Gives the numbers that a worker runs by. */
export function toTuning(worker: Settings['worker']): WorkerTuning {
  return {
    ...DEFAULT_TUNING,
    maxConcurrent: worker.max_concurrent_handlers,
    prefetch: worker.max_concurrent_handlers,
    leaseMs: worker.lease_ms,
    defaultTimeoutMs: worker.handler_timeout_ms,
    pollIntervalMs: worker.polling_interval_ms,
    shutdownTimeoutMs: worker.shutdown_timeout_ms,
  };
}
