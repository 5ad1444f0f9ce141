import { wakeupChannel } from '@tasker/messaging';
import type { WakeupListenerOptions, WakeupListenerState } from '@tasker/messaging/pgmq';
import { ORCHESTRATION_QUEUES } from '@tasker/store';
import type { Logger } from '@tasker/telemetry';
import type { CoordinationSettings } from './coordination';
import { createListenerGroup, type ListenerGroup } from './listener-group';

/** What an orchestrator's listener tells. */
export interface WorkEvents extends Required<Pick<WakeupListenerOptions, 'onDrain' | 'onRoundTrip' | 'onGivenUp'>> {
  /** A queue has messages; a hint, and maybe no queue of ours. */
  onWakeup(queue: string): void;
  onStateChange(state: WakeupListenerState): void;
}

/** What {@link listenForWork} works with. */
export interface ListenForWorkOptions extends Pick<WakeupListenerOptions, 'otherChannels'> {
  readonly settings: CoordinationSettings;
  /** Direct connection for LISTEN. */
  readonly listenUrl: string;
  /** The queues that are there at the start, for the channels of all namespaces. */
  readonly queues: readonly string[];
  readonly events: WorkEvents;
  readonly logger: Logger;
}

/** How often a connection is pinged at the least, whatever the health check interval: with three seconds for the answer, one that went silent is noticed in less than seven. */
const PING_INTERVAL_MS = 3_500;
const LISTEN_URL_NAME = 'a DATABASE_LISTEN_URL';
const ORCHESTRATION = wakeupChannel(ORCHESTRATION_QUEUES.results);
const ALL_NAMESPACES = wakeupChannel('worker_x_queue').replace(/x$/, '*');
const QUEUE_CREATED = 'pgmq_queue_created';
const WORKER_QUEUE = /^worker_[a-z_][a-z0-9_]{0,28}_queue$/;

const everyHealthCheck = (intervalMs: number) => ({
  probeIntervalMs: intervalMs,
  pingIntervalMs: Math.min(PING_INTERVAL_MS, intervalMs),
});

/** The channels that are meant, with `*` for those of all namespaces. */
function expandChannels(channels: readonly string[], queues: readonly string[]): string[] {
  const ofQueues = queues.filter((queue) => WORKER_QUEUE.test(queue)).map(wakeupChannel);
  const all = channels.flatMap((channel) => (channel === ALL_NAMESPACES ? ofQueues : [channel]));
  return [...new Set(all)].filter((channel) => channel !== QUEUE_CREATED);
}

/** Gives the listener that the deployment mode asks for; null when it asks for none. */
export function listenForWork(options: ListenForWorkOptions): ListenerGroup | null {
  const { settings, listenUrl, queues, events, logger } = options;
  const { deployment_mode: mode, hybrid, event_driven: eventDriven } = settings;
  const shared = { connectionString: listenUrl, urlName: LISTEN_URL_NAME, logger, ...events };
  const otherChannels = new Map(options.otherChannels);

  if (mode === 'PollingOnly' || (mode === 'Hybrid' && !hybrid.enable_event_listeners)) return null;
  if (mode === 'Hybrid') {
    return createListenerGroup({
      ...shared,
      ...everyHealthCheck(hybrid.listener_health_check_interval_ms),
      channels: [ORCHESTRATION],
      otherChannels,
      maxConnections: 1,
      startInBackground: hybrid.enable_polling_fallback,
      backoffMaxMs: hybrid.listener_reconnect_interval_ms,
    });
  }

  const isForAll = eventDriven.channels.includes(ALL_NAMESPACES);
  if (eventDriven.channels.includes(QUEUE_CREATED)) {
    otherChannels.set(QUEUE_CREATED, (queue) => {
      if (!isForAll || !WORKER_QUEUE.test(queue)) return;
      listener.listen([wakeupChannel(queue)]).catch((error: unknown) => {
        logger.error('a new queue is not listened for', { component: 'listener', queue, error });
      });
    });
  }
  const listener = createListenerGroup({
    ...shared,
    ...everyHealthCheck(eventDriven.listener_health_check_interval_ms),
    channels: expandChannels(eventDriven.channels, queues),
    otherChannels,
    maxConnections: eventDriven.listener_pool_size,
    startInBackground: false,
    selfTestTimeoutMs: eventDriven.connection_timeout_ms,
    backoffMaxMs: eventDriven.listener_reconnect_interval_ms,
    maxReconnectAttempts: eventDriven.max_reconnect_attempts || Number.POSITIVE_INFINITY,
  });
  return listener;
}
