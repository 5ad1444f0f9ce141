import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import type { TaskReader } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { Pool } from 'pg';
import type { EngineObserver } from './engine/orchestration-engine';

const LISTENER_MODE = { mode: 'hybrid' };

/** Feeds metrics and logs from what the engine does. */
export function observeEngine(metrics: Metrics, logger: Logger): EngineObserver {
  let wasHealthy = false;
  let reconnects = 0;

  function onListenerState({ healthy, reconnectCount, problem }: WakeupListenerState): void {
    metrics.set('tasker_event_listener_active', LISTENER_MODE, healthy ? 1 : 0);
    if (reconnectCount > reconnects) {
      metrics.increment('tasker_listener_reconnections_total', {}, reconnectCount - reconnects);
      reconnects = reconnectCount;
    }
    if (healthy === wasHealthy) return;
    wasHealthy = healthy;
    if (healthy) logger.info('listening for notifications', { component: 'listener' });
    else if (problem !== null)
      logger.warn('listener lost, polling until it is back', { component: 'listener', error: problem });
  }

  return {
    onListenerState,
    onNotification: () => metrics.increment('tasker_event_notifications_received_total', {}),

    onResults(completed, failed) {
      if (completed > 0) metrics.increment('tasker_results_processed_total', { outcome: 'completed' }, completed);
      if (failed > 0) metrics.increment('tasker_results_processed_total', { outcome: 'failed' }, failed);
    },

    onRetryScheduled: (namespace) => metrics.increment('tasker_step_retries_total', { namespace }),

    onSettled({ taskUuid, namespace, state }) {
      metrics.increment('tasker_tasks_finished_total', { namespace, state });
      if (state === 'blocked_by_failures') {
        logger.warn('task blocked by failures', { component: 'finalization', taskId: taskUuid, namespace });
      } else {
        logger.debug('task finished', { component: 'finalization', taskId: taskUuid, namespace, state });
      }
    },

    onBadBatch: (error) =>
      logger.error('a batch of results cannot be applied, taking them one by one', { component: 'results', error }),

    onDeadLettered(errors) {
      metrics.increment('tasker_results_processed_total', { outcome: 'dead_lettered' }, errors.length);
      logger.error('results dead-lettered', { component: 'results', queue: 'orchestration_step_results_dlq', errors });
    },

    onRecovery({ retried, decided }) {
      if (retried > 0) metrics.increment('tasker_recovery_actions_total', { kind: 'retry_enqueued' }, retried);
      if (decided > 0) {
        metrics.increment('tasker_recovery_actions_total', { kind: 'lease_recovered' }, decided);
        logger.warn('leases ended without a report', { component: 'recovery', steps: decided });
      }
    },
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

/** Counting open tasks reads an index of them, so scrapes share one count for this long. */
const OPEN_TASKS_TTL_MS = 15_000;

/** Feeds the gauge of open tasks, at a scrape. Keeps the last count while the database does not answer. */
export function observeOpenTasks(metrics: Metrics, reader: Pick<TaskReader, 'countOpenTasks'>): void {
  let countedAt = Number.NEGATIVE_INFINITY;
  metrics.onScrape(async () => {
    const now = performance.now();
    if (now - countedAt < OPEN_TASKS_TTL_MS) return;
    countedAt = now;
    const counts = await reader.countOpenTasks().catch(() => null);
    if (counts !== null)
      metrics.set(
        'tasker_tasks_active',
        {},
        counts.reduce((sum, { tasks }) => sum + tasks, 0),
      );
  });
}
