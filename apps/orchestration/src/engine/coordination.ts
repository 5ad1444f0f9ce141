import { type Clock, systemClock } from '@tasker/lifecycle';
import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';

/** The keys that say how an orchestrator hears of work. */
export type CoordinationSettings = Pick<
  Settings['orchestration'],
  'deployment_mode' | 'hybrid' | 'event_driven' | 'polling'
>;

/** What an orchestrator looks for; `unannounced` is any message in its queues of which no notification may have told. */
export type Work = 'task_requests' | 'step_results' | 'finalization' | 'unannounced';

/** What is known of the listener; null without one. */
export type ListenerView = Pick<WakeupListenerState, 'healthy' | 'roundTripMs' | 'heardUntilMs'> | null;

/** How an orchestrator hears of work at this moment. */
export interface Coordination {
  /** It looks at intervals. */
  readonly isPolling: boolean;
  /** It polls because its listener is down or late, or missed something. */
  readonly isFallback: boolean;
  /** By the monotonic clock: what was announced before this moment has been heard of. */
  readonly heardUntilMs: number;
  /** Milliseconds after which to look for work of which nobody told; Infinity: never. */
  idleMs(work: Work): number;
  /** Work came: more is expected for a while, and what nobody hears of shall not wait long. */
  noteActivity(): void;
  /** A look that nobody asked for found `messages`. Under a healthy listener that puts the listener in doubt until its next probe. */
  noteUnannounced(messages: number): void;
  /** The listener connected, lost its connection or answered a probe. */
  noteListener(): void;
}

/** What {@link createCoordination} works with. */
export interface CoordinationDeps {
  readonly settings: CoordinationSettings;
  readonly listener: () => ListenerView;
  /** Told when Hybrid hands over from events to polling and back. */
  readonly onModeSwitch: (to: 'events' | 'polling') => void;
  /** @default the clock of the machine */
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

/** While notifications arrive, Hybrid looks at every tenth interval for what no message tells of. */
const SAFETY_FACTOR = 10;
/** A message that falls into a silence which nobody has noticed yet is found so long after the interval at the latest. */
const UNANNOUNCED_AFTER_MS = 800;
const BUSY_MS = 10_000;
const NEVER = Number.POSITIVE_INFINITY;

const POLL_INTERVAL = {
  task_requests: 'task_request_poll_interval_ms',
  step_results: 'step_result_poll_interval_ms',
  finalization: 'finalization_poll_interval_ms',
} as const satisfies Partial<Record<Work, keyof CoordinationSettings['polling']>>;

/** Gives the rules of the deployment mode; they are asked before each rest, so a change of the listener counts at once. */
export function createCoordination(deps: CoordinationDeps): Coordination {
  const { settings, listener, onModeSwitch, clock = systemClock } = deps;
  const { deployment_mode: mode, hybrid, polling } = settings;
  let isInDoubt = false;
  let busyUntilMs = Number.NEGATIVE_INFINITY;
  let reported: 'events' | 'polling' | null = null;

  function isListenerWell(): boolean {
    const view = listener();
    if (view === null || !view.healthy || isInDoubt) return false;
    return (view.roundTripMs ?? 0) <= hybrid.fallback_activation_threshold_ms;
  }

  function isFallback(): boolean {
    return mode === 'Hybrid' && hybrid.enable_polling_fallback && !isListenerWell();
  }

  function hybridIdleMs(work: Work): number {
    const everyMs = hybrid.polling_interval_ms;
    if (!hybrid.enable_event_listeners) return everyMs;
    if (!hybrid.enable_polling_fallback) return NEVER;
    if (work === 'unannounced') return everyMs + UNANNOUNCED_AFTER_MS;
    if (isFallback()) return everyMs;
    if (work === 'finalization') return everyMs * SAFETY_FACTOR;
    return clock.monotonicMs() < busyUntilMs ? everyMs : NEVER;
  }

  function report(): void {
    if (mode !== 'Hybrid') return;
    const current = isFallback() ? 'polling' : 'events';
    // Polling until the listener is heard for the first time is the start, and no switch.
    if (current === (reported ?? 'polling')) return;
    reported = current;
    onModeSwitch(current);
  }

  return {
    get isPolling() {
      return mode === 'PollingOnly' || isFallback();
    },

    get isFallback() {
      return isFallback();
    },

    get heardUntilMs() {
      return listener()?.heardUntilMs ?? Number.NEGATIVE_INFINITY;
    },

    idleMs(work) {
      report();
      if (mode === 'EventDrivenOnly') return NEVER;
      if (mode === 'Hybrid') return hybridIdleMs(work);
      return work === 'unannounced' ? NEVER : polling[POLL_INTERVAL[work]];
    },

    noteActivity() {
      busyUntilMs = clock.monotonicMs() + BUSY_MS;
    },

    noteUnannounced(messages) {
      if (messages === 0 || mode !== 'Hybrid' || !isListenerWell()) return;
      isInDoubt = true;
      report();
    },

    noteListener() {
      isInDoubt = false;
      report();
    },
  };
}
