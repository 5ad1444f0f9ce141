import type { Metrics } from './create-metrics';

/** How a process hears of work; see the deployment guide. */
export type DeploymentMode = 'Hybrid' | 'EventDrivenOnly' | 'PollingOnly';

/** One look at a queue that a timer asked for. */
export interface PollingCycle {
  /** Messages that it found. */
  readonly found: number;
  /** Those of them that were taken into work. */
  readonly processed: number;
  readonly durationMs: number;
  readonly isFailed: boolean;
}

/** Told how a process hears of work; feeds the metrics of modes, events and polling. */
export interface ModeObserver {
  /** The listener became healthy or lost its connection; `reconnectCount` is the total so far. */
  onListenerState(state: { readonly healthy: boolean; readonly reconnectCount: number }): void;
  /** What a probe took from NOTIFY to arrival, in milliseconds. */
  onListenerLag(lagMs: number): void;
  onNotification(): void;
  /** The look that a notification asked for is done, `durationMs` after the notification. */
  onEventProcessed(durationMs: number): void;
  onPollingCycle(cycle: PollingCycle): void;
  /** Hybrid hands over: `polling` when the listener is down or late, `events` when it is well. Safe to repeat. */
  onModeSwitch(to: 'events' | 'polling'): void;
}

const MODE_LABELS = { Hybrid: 'hybrid', EventDrivenOnly: 'event_driven', PollingOnly: 'polling' } as const;

function observePolling(metrics: Metrics, { found, processed, durationMs, isFailed }: PollingCycle): void {
  metrics.increment('tasker_polling_cycles_total', {});
  metrics.observe('tasker_polling_duration_seconds', {}, durationMs / 1_000);
  if (isFailed) metrics.increment('tasker_polling_errors_total', {});
  if (found > 0) metrics.increment('tasker_polling_messages_found_total', {}, found);
  if (processed > 0) metrics.increment('tasker_polling_messages_processed_total', {}, processed);
}

/** Polling stands in from the start until the listener is heard for the first time, which counts as no switch. */
function createSwitchObserver(metrics: Metrics, label: { mode: string }): ModeObserver['onModeSwitch'] {
  metrics.set('tasker_polling_fallback_active', label, 1);
  metrics.increment('tasker_mode_switches_total', label, 0);
  let current: 'events' | 'polling' | null = null;
  return (to) => {
    if (to === (current ?? 'polling')) return;
    metrics.set('tasker_polling_fallback_active', label, to === 'polling' ? 1 : 0);
    if (current !== null) metrics.increment('tasker_mode_switches_total', label);
    current = to;
  };
}

/** Creates the observer of a process, whose metrics show its mode from now on. */
export function observeMode(metrics: Metrics, mode: DeploymentMode): ModeObserver {
  const label = { mode: MODE_LABELS[mode] };
  let reconnects = 0;
  metrics.set('tasker_deployment_mode', label, 1);
  if (mode !== 'PollingOnly') metrics.set('tasker_event_listener_active', label, 0);
  return {
    onListenerState({ healthy, reconnectCount }) {
      metrics.set('tasker_event_listener_active', label, healthy ? 1 : 0);
      if (reconnectCount <= reconnects) return;
      metrics.increment('tasker_listener_reconnections_total', {}, reconnectCount - reconnects);
      reconnects = reconnectCount;
    },

    onListenerLag: (lagMs) => metrics.set('tasker_event_listener_lag_ms', label, lagMs),
    onNotification: () => metrics.increment('tasker_event_notifications_received_total', {}),
    onEventProcessed: (durationMs) =>
      metrics.observe('tasker_event_processing_duration_seconds', {}, durationMs / 1_000),
    onPollingCycle: (cycle) => observePolling(metrics, cycle),
    onModeSwitch: mode === 'Hybrid' ? createSwitchObserver(metrics, label) : () => {},
  };
}
