import { InvalidOptionsError } from '../errors';
import { type Logger, silentLogger } from '../logger';
import { ListenerConnection } from './listener-connection';

/** What a {@link WakeupListener} needs. */
export interface WakeupListenerOptions {
  /** Where to listen. Must reach PostgreSQL itself or a session pooler, not a transaction pooler. */
  readonly connectionString: string;
  /** Channels to listen on, see `wakeupChannel`; more by {@link WakeupListener.listen}. */
  readonly channels: readonly string[];
  /** Further channels, each with who is told the payloads of its notifications; `onWakeup` is not. @default none */
  readonly otherChannels?: ReadonlyMap<string, (payload: string) => void>;
  /** Called for each notification. The payload is a hint from anybody: act only on queue names that you know. */
  readonly onWakeup: (queueName: string) => void;
  /** Called after each (re)connect, when notifications may have been missed: look at every queue. */
  readonly onDrain: () => void;
  readonly onStateChange?: (state: WakeupListenerState) => void;
  /** Called with the milliseconds that each probe took from NOTIFY to arrival, the first one at connecting. */
  readonly onRoundTrip?: (roundTripMs: number) => void;
  /** Called once, when as many attempts to connect in a row have failed as `maxReconnectAttempts` allows; it stays down then. */
  readonly onGivenUp?: (problem: Error) => void;
  readonly logger?: Logger;
  /** @default false — true lets `start` resolve at once and connect in the background, for who can poll meanwhile. */
  readonly startInBackground?: boolean;
  /** What to give to go past a pooler, named in the error when nothing arrives. @default a listen URL */
  readonly urlName?: string;
  /** @default 3_500 — milliseconds between pings, at least 10. */
  readonly pingIntervalMs?: number;
  /** @default 3_000 — milliseconds until an unanswered ping means that the connection is dead. */
  readonly pingTimeoutMs?: number;
  /** @default 5_000 — milliseconds between the probes that prove that notifications arrive, by sending one; taken with a ping. */
  readonly probeIntervalMs?: number;
  /** @default 3_000 — milliseconds for connecting, and for the round trip that proves that notifications arrive. */
  readonly selfTestTimeoutMs?: number;
  /** @default 100 — milliseconds before the first reconnect; doubles up to `backoffMaxMs`, ±20 %. */
  readonly backoffInitialMs?: number;
  /** @default 10_000 — milliseconds. */
  readonly backoffMaxMs?: number;
  /** @default Infinity — failed attempts to connect in a row after which it gives up. */
  readonly maxReconnectAttempts?: number;
}

/** A listener as it is now. */
export interface WakeupListenerState {
  /** Notifications arrive; false from the moment a loss is noticed until listening is proved again. */
  readonly healthy: boolean;
  /** Channels it listens on while it is healthy. */
  readonly channelCount: number;
  /** Connections opened after the first one. */
  readonly reconnectCount: number;
  readonly lastNotificationAt: Date | null;
  /** Milliseconds that the last probe took from NOTIFY to arrival; null before the first. */
  readonly roundTripMs: number | null;
  /**
   * By `performance.now()`: notifications that were sent before this moment have arrived, since the server answered what it was asked
   * then, and gives notifications before answers. Null before the first ping.
   */
  readonly heardUntilMs: number | null;
  /** Why it is not healthy; null when it is. */
  readonly problem: Error | null;
}

const CHANNEL = /^[A-Za-z_][A-Za-z0-9_.]{0,62}$/;

const DEFAULTS = {
  logger: silentLogger,
  otherChannels: new Map<string, (payload: string) => void>(),
  startInBackground: false,
  urlName: 'a listen URL',
  pingIntervalMs: 3_500,
  pingTimeoutMs: 3_000,
  probeIntervalMs: 5_000,
  selfTestTimeoutMs: 3_000,
  backoffInitialMs: 100,
  backoffMaxMs: 10_000,
  maxReconnectAttempts: Number.POSITIVE_INFINITY,
  onStateChange: (): void => {},
  onRoundTrip: (): void => {},
  onGivenUp: (): void => {},
};

/**
 * Keeps one connection of its own that listens, and replaces it when it is lost or silent.
 *
 * A dead peer is noticed within `pingIntervalMs + pingTimeoutMs`. After each (re)connect `onDrain` is called once
 * listening is proved, so nothing that was committed before is missed.
 */
export class WakeupListener implements AsyncDisposable {
  private readonly options: Required<WakeupListenerOptions>;
  private readonly channels = new Set<string>();
  private readonly stopping = new AbortController();
  private connection: ListenerConnection | undefined;
  private running: Promise<void> | undefined;
  private starting: Promise<void> | undefined;
  private connectCount = 0;
  private current: Omit<WakeupListenerState, 'channelCount'> = {
    healthy: false,
    reconnectCount: 0,
    lastNotificationAt: null,
    roundTripMs: null,
    heardUntilMs: null,
    problem: null,
  };

  constructor(options: WakeupListenerOptions) {
    this.options = { ...DEFAULTS, ...options };
    this.addChannels([...options.channels, ...this.options.otherChannels.keys()]);
  }

  get state(): WakeupListenerState {
    return { ...this.current, channelCount: this.channels.size };
  }

  /**
   * Resolves when listening, or at once with `startInBackground`. Calling it again gives the same promise.
   *
   * @throws {ListenUnavailableError} when notifications do not arrive; or the driver's error.
   */
  start(signal?: AbortSignal): Promise<void> {
    this.starting ??= this.begin(signal);
    return this.starting;
  }

  /** Listens on more channels; when it resolves while healthy, they are listened on. */
  async listen(channels: readonly string[]): Promise<void> {
    const added = this.addChannels(channels);
    const connection = this.connection;
    if (!connection || added.length === 0) return;
    try {
      await connection.listen(added);
    } catch (error) {
      connection.close(error as Error);
    }
  }

  /** Closes the connection. Idempotent, legal before start; no callback runs after it. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the wake-up listener was stopped'));
    this.connection?.close(this.stopping.signal.reason);
    await this.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async begin(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.stopping.signal.throwIfAborted();
    if (this.options.startInBackground) {
      this.running = this.keepConnected();
      return;
    }
    const abort = (): void => this.stopping.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const connection = await this.connect();
      this.running = this.serve(connection).then(() => this.keepConnected());
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async keepConnected(): Promise<void> {
    let failureCount = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const connection = await this.connect();
        failureCount = 0;
        await this.serve(connection);
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        failureCount += 1;
        if (failureCount === 1) {
          this.options.logger.warn('wake-up listener cannot listen, and keeps trying', {
            error: (error as Error).message,
          });
        }
        this.setState({ healthy: false, problem: error as Error });
        if (failureCount >= this.options.maxReconnectAttempts) {
          this.options.onGivenUp(error as Error);
          return;
        }
      }
      await this.backOff(failureCount);
    }
  }

  private async connect(): Promise<ListenerConnection> {
    const asked = new Set(this.channels);
    const connection = await ListenerConnection.open({
      ...this.options,
      channels: this.channels,
      onNotification: (channel, payload) => this.receive(channel, payload),
      onRoundTrip: (roundTripMs) => {
        this.setState({ roundTripMs });
        this.options.onRoundTrip(roundTripMs);
      },
      onHeardUntil: (heardUntilMs) => this.setState({ heardUntilMs }),
    });
    if (this.stopping.signal.aborted) {
      connection.close(this.stopping.signal.reason);
      throw this.stopping.signal.reason;
    }
    this.connection = connection;
    await connection.listen([...this.channels].filter((channel) => !asked.has(channel)));
    this.setState({ healthy: true, problem: null, reconnectCount: this.connectCount++ });
    this.options.onDrain();
    return connection;
  }

  private async serve(connection: ListenerConnection): Promise<void> {
    const reason = await connection.closed;
    this.connection = undefined;
    if (this.stopping.signal.aborted) {
      this.setState({ healthy: false });
      return;
    }
    this.setState({ healthy: false, problem: reason });
    this.options.logger.warn('wake-up listener lost its connection', { error: reason.message });
  }

  private receive(channel: string, payload: string): void {
    if (this.stopping.signal.aborted) return;
    this.setState({ lastNotificationAt: new Date() });
    const { otherChannels, onWakeup } = this.options;
    (otherChannels.get(channel) ?? onWakeup)(payload);
  }

  private backOff(failureCount: number): Promise<void> {
    const { backoffInitialMs, backoffMaxMs } = this.options;
    const delayMs = Math.min(backoffInitialMs * 2 ** failureCount, backoffMaxMs) * (0.8 + Math.random() * 0.4);
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, delayMs);
      signal.addEventListener('abort', done);
    });
  }

  private setState(change: Partial<WakeupListenerState>): void {
    const switched = change.healthy !== undefined && change.healthy !== this.current.healthy;
    this.current = { ...this.current, ...change };
    if (switched) this.options.onStateChange(this.state);
  }

  private addChannels(channels: readonly string[]): string[] {
    const invalid = channels.find((channel) => !CHANNEL.test(channel));
    if (invalid !== undefined) throw new InvalidOptionsError(`invalid notification channel ${JSON.stringify(invalid)}`);
    const added = channels.filter((channel) => !this.channels.has(channel));
    for (const channel of added) this.channels.add(channel);
    return added;
  }
}
