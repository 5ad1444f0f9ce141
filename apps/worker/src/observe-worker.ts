import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { Pool } from 'pg';
import type { WakeupMode } from './step-wakeups';
import type { WorkerObserver } from './worker-runtime';

/** What feeds a worker's metrics and its few log lines. */
export interface ProcessObserver extends WorkerObserver {
  onListenerState(state: WakeupListenerState): void;
  onNotification(): void;
}

const LISTENER_MODES = { Hybrid: 'hybrid', EventDrivenOnly: 'event_driven', PollingOnly: 'polling' } as const;

/** Feeds metrics and logs from what the worker does. Steps are logged at `debug` only: there are thousands in a second. */
export function observeWorker(metrics: Metrics, logger: Logger, mode: WakeupMode): ProcessObserver {
  let wasHealthy = false;
  let reconnectCount = 0;
  return {
    onClaimed: (count) => metrics.observe('tasker_claim_batch_size', {}, count),

    onFinished({ namespace, stepName, stepUuid, attempt }, outcome, executionMs) {
      const label = { namespace };
      metrics.increment('tasker_step_executions_total', { namespace, outcome: outcome.kind });
      metrics.observe('tasker_step_execution_duration_seconds', label, executionMs / 1_000);
      if (outcome.kind === 'success') return;
      metrics.increment('tasker_step_errors_total', label);
      const { errorType, message: error, retryable } = outcome.error;
      logger.debug('step failed', { stepId: stepUuid, stepName, namespace, attempt, errorType, error, retryable });
    },

    onListenerState(state) {
      metrics.set('tasker_event_listener_active', { mode: LISTENER_MODES[mode] }, state.healthy ? 1 : 0);
      if (state.reconnectCount > reconnectCount) {
        metrics.increment('tasker_listener_reconnections_total', {}, state.reconnectCount - reconnectCount);
        reconnectCount = state.reconnectCount;
      }
      if (state.healthy === wasHealthy) return;
      wasHealthy = state.healthy;
      if (state.healthy) logger.info('listening for steps', { component: 'listener' });
      else if (state.problem !== null)
        logger.warn('listener lost', { component: 'listener', mode, error: state.problem.message });
    },

    onNotification: () => metrics.increment('tasker_event_notifications_received_total', {}),
  };
}

/** Feeds the pool's gauges at each scrape. */
export function observePool(metrics: Metrics, pool: Pool): void {
  metrics.set('tasker_database_pool_max', {}, pool.options.max);
  metrics.onScrape(() => {
    metrics.set('tasker_database_pool_active', {}, pool.totalCount - pool.idleCount);
    metrics.set('tasker_database_pool_idle', {}, pool.idleCount);
    metrics.set('tasker_database_pool_waiting', {}, pool.waitingCount);
  });
}
