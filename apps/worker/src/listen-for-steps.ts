import { queueNamespace, wakeupChannel } from '@tasker/messaging';
import { WakeupListener, type WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import type { Logger } from '@tasker/worker-sdk';
import { parseTaskId } from '@tasker/workflow';
import type { WakeupEvents, WakeupMode } from './step-wakeups';

/** What listening needs. */
export interface ListenForStepsOptions {
  /** Reaches PostgreSQL itself or a session pooler. */
  readonly connectionString: string;
  readonly queues: readonly string[];
  readonly mode: WakeupMode;
  readonly settings: Pick<Settings['orchestration'], 'hybrid' | 'event_driven' | 'worker_events'>;
  readonly logger: Logger;
  onStateChange(state: WakeupListenerState): void;
  onRoundTrip(roundTripMs: number): void;
  /** Whether notifications arrive, and soon enough; told with each change and each probe. */
  onHealth(isHealthy: boolean): void;
  onNotification(): void;
  /** The listener has failed as often as it may. */
  onGivenUp(problem: Error): void;
}

/** How often a connection is pinged at the least: with three seconds for the answer, one that went silent is noticed in less than seven. */
const PING_INTERVAL_MS = 3_500;
const LISTEN_URL_NAME = 'a DATABASE_LISTEN_URL';

/** The channel on which a namespace's workers are told that a task they may be running is theirs no more. */
const leaseLostChannel = (queue: string) => `tasker_lease_lost.${queueNamespace(queue)}`;

function planConnection({ mode, settings }: ListenForStepsOptions) {
  const { hybrid, event_driven: eventDriven, worker_events: workerEvents } = settings;
  const backoffMaxMs = workerEvents.worker_listener_reconnect_ms;
  const checkMs =
    mode === 'Hybrid' ? hybrid.listener_health_check_interval_ms : eventDriven.listener_health_check_interval_ms;
  const checks = { probeIntervalMs: checkMs, pingIntervalMs: Math.min(PING_INTERVAL_MS, checkMs) };
  if (mode === 'Hybrid') return { ...checks, backoffMaxMs, startInBackground: hybrid.enable_polling_fallback };
  return {
    ...checks,
    backoffMaxMs,
    startInBackground: false,
    selfTestTimeoutMs: eventDriven.connection_timeout_ms,
    maxReconnectAttempts: eventDriven.max_reconnect_attempts || Number.POSITIVE_INFINITY,
  };
}

/** Whether workers listen: not in PollingOnly, nor in Hybrid without event listeners, nor where they are not to. */
export function wantsListener(mode: WakeupMode, { hybrid, worker_events }: ListenForStepsOptions['settings']): boolean {
  if (mode === 'PollingOnly' || !worker_events.enable_worker_listeners) return false;
  return mode === 'EventDrivenOnly' || hybrid.enable_event_listeners;
}

/** Gives a listener on PostgreSQL's notifications about the queues, and about leases that somebody took away. */
export function listenForSteps(options: ListenForStepsOptions, events: WakeupEvents): WakeupListener {
  const { connectionString, queues, logger, settings, onGivenUp } = options;
  const tellHealth = ({ healthy, roundTripMs }: WakeupListenerState) => {
    const isHealthy = healthy && (roundTripMs ?? 0) <= settings.hybrid.fallback_activation_threshold_ms;
    options.onHealth(isHealthy);
    events.onHealth(isHealthy);
  };
  const listener = new WakeupListener({
    ...planConnection(options),
    connectionString,
    urlName: LISTEN_URL_NAME,
    channels: [...new Set(queues.flatMap((queue) => [wakeupChannel(queue), leaseLostChannel(queue)]))],
    logger,
    onGivenUp,
    onWakeup(payload) {
      options.onNotification();
      // Queue names have no hyphens, so a task's id cannot be one.
      const taskUuid = parseTaskId(payload);
      if (taskUuid === null) events.onWakeup(payload);
      else events.onLeaseLost(taskUuid);
    },
    onDrain: events.onDrain,
    onStateChange(state) {
      options.onStateChange(state);
      tellHealth(state);
    },
    onRoundTrip(roundTripMs) {
      options.onRoundTrip(roundTripMs);
      tellHealth(listener.state);
    },
  });
  return listener;
}
