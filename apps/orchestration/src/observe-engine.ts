import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import type { OrchestrationStore } from '@tasker/store';
import { type DeploymentMode, type Logger, type Metrics, type ModeObserver, observeMode } from '@tasker/telemetry';
import type { ExecutorPools } from './engine/executor-pools';
import type { EngineObserver } from './engine/orchestration-engine';

/** What feeds orchestration's metrics and logs. */
export type OrchestrationObserver = EngineObserver;

type ListenerObserver = Pick<EngineObserver, 'onListenerState'>;
type RecoveryEvents = Pick<EngineObserver, 'onRecovery' | 'onAdmitted' | 'onStalled' | 'onResent' | 'onRepaired'>;
type ResultEvents = Pick<
  EngineObserver,
  'onResults' | 'onRetryScheduled' | 'onSettled' | 'onBadBatch' | 'onDeadLettered'
>;

function observeListener(modes: ModeObserver, logger: Logger): ListenerObserver {
  let wasHealthy = false;
  return {
    onListenerState(state: WakeupListenerState) {
      modes.onListenerState(state);
      if (state.healthy === wasHealthy) return;
      wasHealthy = state.healthy;
      if (state.healthy) logger.info('listening for notifications', { component: 'listener' });
      else if (state.problem !== null) logger.warn('listener lost', { component: 'listener', error: state.problem });
    },
  };
}

function observeResults(metrics: Metrics, logger: Logger): ResultEvents {
  return {
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
  };
}

function observeRecovery(metrics: Metrics, logger: Logger): RecoveryEvents {
  const count = (kind: string, by: number) => metrics.increment('tasker_recovery_actions_total', { kind }, by);
  return {
    onRecovery({ retried, decided }) {
      if (retried > 0) count('retry_enqueued', retried);
      if (decided === 0) return;
      count('lease_recovered', decided);
      logger.warn('leases ended without a report', { component: 'recovery', steps: decided });
    },

    onAdmitted(tasks) {
      count('task_admitted', tasks);
      logger.debug('waiting tasks let in', { component: 'recovery', tasks });
    },

    onStalled(queues) {
      count('queue_woken', queues.length);
      // A backlog looks the same, so this is no warning.
      logger.debug('messages wait for long, their consumers are woken again', { component: 'recovery', queues });
    },

    onResent(messages) {
      count('message_resent', messages);
      logger.warn('messages were lost or held for long, sent again', { component: 'recovery', messages });
    },

    onRepaired(tasks) {
      count('task_repaired', tasks.length);
      for (const { taskUuid, namespace, state } of tasks) {
        logger.error('task was not as its steps say, repaired', {
          component: 'recovery',
          taskId: taskUuid,
          namespace,
          state,
        });
      }
    },
  };
}

/** Feeds metrics and logs from what the engine does. */
export function observeEngine(metrics: Metrics, logger: Logger, mode: DeploymentMode): OrchestrationObserver {
  const modes = observeMode(metrics, mode);
  return {
    ...modes,
    ...observeListener(modes, logger),
    ...observeResults(metrics, logger),

    ...observeRecovery(metrics, logger),
  };
}

/** Gives the store with the transactions that apply results measured. */
export function observeStore(metrics: Metrics, store: OrchestrationStore): OrchestrationStore {
  async function measure(advance: OrchestrationStore['advanceResults'], max: number) {
    const startedMs = performance.now();
    try {
      const advanced = await advance(max);
      if (advanced.taken > 0) metrics.observe('tasker_advance_batch_size', {}, advanced.taken);
      return advanced;
    } finally {
      metrics.observe('tasker_advance_duration_seconds', {}, (performance.now() - startedMs) / 1_000);
    }
  }
  return {
    ...store,
    advanceResults: (max) => measure(store.advanceResults, max),
    advanceResultsSingly: (max) => measure(store.advanceResultsSingly, max),
  };
}

/** Feeds the gauges of the executor pools, at each scrape. */
export function observeExecutorPools(metrics: Metrics, pools: ExecutorPools): void {
  metrics.onScrape(() => {
    for (const [pool, { active, max, queueDepth }] of Object.entries(pools)) {
      metrics.set('tasker_executor_pool_active', { pool }, active);
      metrics.set('tasker_executor_pool_max', { pool }, max);
      metrics.set('tasker_executor_pool_queue_depth', { pool }, queueDepth);
    }
  });
}
