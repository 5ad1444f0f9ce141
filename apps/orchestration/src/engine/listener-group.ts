import { createService, type Service } from '@tasker/lifecycle';
import { WakeupListener, type WakeupListenerOptions, type WakeupListenerState } from '@tasker/messaging/pgmq';

/** What {@link createListenerGroup} works with: that of each listener, for all of them together. */
export interface ListenerGroupOptions extends Omit<WakeupListenerOptions, 'onStateChange'> {
  /** Connections at the most. */
  readonly maxConnections: number;
  /** Told when the group as a whole became healthy or not, and of each reconnect. */
  readonly onStateChange: (state: WakeupListenerState) => void;
}

/** Connections that listen. */
export interface ListenerGroup extends Service {
  /** Healthy when all are; counts summed, times of the slowest. */
  readonly state: WakeupListenerState;
  /** Listens on more channels. */
  listen(channels: readonly string[]): Promise<void>;
}

/** Every notification wakes every listening session of its database, so few connections with many channels are cheapest. */
const CHANNELS_PER_CONNECTION = 50;

function merge(states: readonly WakeupListenerState[]): WakeupListenerState {
  const [first, ...others] = states;
  if (first === undefined) throw new Error('a listener group has no listener');
  return others.reduce(
    (sum, one) => ({
      healthy: sum.healthy && one.healthy,
      channelCount: sum.channelCount + one.channelCount,
      reconnectCount: sum.reconnectCount + one.reconnectCount,
      lastNotificationAt: latest(sum.lastNotificationAt, one.lastNotificationAt),
      roundTripMs: Math.max(sum.roundTripMs ?? 0, one.roundTripMs ?? 0),
      heardUntilMs: earlier(sum.heardUntilMs, one.heardUntilMs),
      problem: sum.problem ?? one.problem,
    }),
    first,
  );
}

function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

/** Gives a group that has one connection per fifty channels; beyond the last connection it shares out the rest. */
export function createListenerGroup(options: ListenerGroupOptions): ListenerGroup {
  const { channels, maxConnections, onStateChange, otherChannels, ...shared } = options;
  const size = Math.max(1, Math.min(maxConnections, Math.ceil(channels.length / CHANNELS_PER_CONNECTION)));
  const listeners = Array.from({ length: size }, (_, index) => {
    const own = channels.filter((_channel, position) => position % size === index);
    return new WakeupListener({
      ...shared,
      channels: own,
      ...(index === 0 && otherChannels !== undefined ? { otherChannels } : {}),
      onStateChange: () => onStateChange(merge(listeners.map((listener) => listener.state))),
    });
  });

  async function stop(): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.stop()));
  }

  const service = createService({
    name: 'listeners',
    async start(signal) {
      await Promise.all(listeners.map((listener) => listener.start(signal))).catch(async (error: unknown) => {
        await stop();
        throw error;
      });
    },
    stop,
  });
  return {
    ...service,
    get state() {
      return merge(listeners.map((listener) => listener.state));
    },
    async listen(more) {
      await listeners[listeners.length - 1]?.listen(more);
    },
  };
}
