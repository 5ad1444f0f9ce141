import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import { type DeploymentMode, type Logger, type Metrics, type ModeObserver, observeMode } from '@tasker/telemetry';
import { stepLogFields } from './step-log-fields';
import type { Look } from './step-source';
import type { WorkerObserver, WorkerStatus } from './worker-runtime';

/** What feeds a worker's metrics and its few log lines. */
export interface ProcessObserver extends WorkerObserver {
  onListenerState(state: WakeupListenerState): void;
  onNotification(): void;
  onListenerLag(lagMs: number): void;
  /** Notifications arrive soon enough, or polling stands in. Safe to repeat. */
  onModeSwitch(to: 'events' | 'polling'): void;
}

function observeLook(metrics: Metrics, modes: ModeObserver, look: Look): void {
  const { cause, found, isFailed, durationMs, discoveryMs } = look;
  metrics.observe('tasker_claim_duration_seconds', {}, durationMs / 1_000);
  if (found > 0) metrics.observe('tasker_claim_batch_size', {}, found);
  if (found > 0 && cause !== null) metrics.observe('tasker_step_discovery_duration_seconds', {}, discoveryMs / 1_000);
  if (cause === 'notification') modes.onEventProcessed(discoveryMs);
  if (cause === 'poll') modes.onPollingCycle({ found, processed: found, durationMs, isFailed });
}

function createListenerObserver(
  modes: ModeObserver,
  logger: Logger,
  mode: DeploymentMode,
): ProcessObserver['onListenerState'] {
  let wasHealthy = false;
  return (state) => {
    modes.onListenerState(state);
    if (state.healthy === wasHealthy) return;
    wasHealthy = state.healthy;
    if (state.healthy) logger.info('listening for steps', { component: 'listener' });
    else if (state.problem !== null)
      logger.warn('listener lost', { component: 'listener', mode, error: state.problem.message });
  };
}

/** Feeds metrics and logs from what the worker does. Steps are logged at `debug` only: there are thousands in a second. */
export function observeWorker(metrics: Metrics, logger: Logger, mode: DeploymentMode): ProcessObserver {
  const modes = observeMode(metrics, mode);
  return {
    onLook: (look) => observeLook(metrics, modes, look),

    onFinished(step, outcome, executionMs) {
      const { namespace } = step;
      const handler = step.handler.callable;
      metrics.increment('tasker_step_executions_total', { namespace, outcome: outcome.kind });
      metrics.observe('tasker_step_execution_duration_seconds', { namespace, handler }, executionMs / 1_000);
      if (outcome.kind === 'success') return;
      metrics.increment('tasker_step_errors_total', { namespace });
      const { errorType, message: error, retryable } = outcome.error;
      logger.debug('step failed', { ...stepLogFields(step), errorType, error, retryable });
    },

    onLeaseLost: ({ namespace }) => metrics.increment('tasker_leases_lost_total', { namespace }),
    onListenerState: createListenerObserver(modes, logger, mode),
    onListenerLag: modes.onListenerLag,
    onModeSwitch: modes.onModeSwitch,
    onNotification: modes.onNotification,
  };
}

/** Feeds the gauges of what a worker holds, at each scrape. */
export function observeHeldSteps(metrics: Metrics, maxConcurrent: number, status: () => WorkerStatus): void {
  metrics.set('tasker_handlers_max', {}, maxConcurrent);
  metrics.onScrape(() => {
    const { runningCount, waitingCount, unreportedCount } = status();
    metrics.set('tasker_handlers_running', {}, runningCount);
    metrics.set('tasker_steps_waiting', {}, waitingCount);
    metrics.set('tasker_steps_unreported', {}, unreportedCount);
    metrics.set('tasker_leases_held', {}, runningCount + waitingCount + unreportedCount);
  });
}
