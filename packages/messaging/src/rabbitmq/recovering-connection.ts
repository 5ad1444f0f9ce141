import type { Duplex } from 'node:stream';
import type { Channel, ChannelModel } from 'amqplib';
import { BrokerUnavailableError, ProviderStoppedError } from '../errors';
import { withDeadline } from '../with-deadline';
import { coalesceWrites } from './coalesce-writes';
import { loadAmqplib } from './load-amqplib';
import type { ConnectionRole, RabbitMqSettings } from './rabbitmq-options';

const BACKOFF_INITIAL_MS = 100;
const BACKOFF_MAX_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;

interface Waiter {
  resolve(model: ChannelModel): void;
  reject(error: Error): void;
}

/** What becomes of a {@link RecoveringConnection}. */
export interface ConnectionListener {
  /** Connected, for the first time or again: what was on the old connection is gone. */
  onUp(model: ChannelModel): void;
  /** The broker takes no messages over this connection until it is called again with null. */
  onBlocked?(reason: string | null): void;
}

/** One connection that is replaced when it is lost, after a delay that doubles from 100 ms to 5 s, ±20 %. */
export class RecoveringConnection {
  private model: ChannelModel | null = null;
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;
  private attemptCount = 0;
  private connectCount = 0;
  private stopped = false;
  private lastProblem = 'it was never connected';

  constructor(
    private readonly role: ConnectionRole,
    private readonly settings: RabbitMqSettings,
    private readonly listener: ConnectionListener,
  ) {}

  /** What keeps it from working; null while it is connected. */
  get problem(): string | null {
    return this.model ? null : this.lastProblem;
  }

  /** Connects for the first time. @throws {BrokerUnavailableError} when that fails; it does not try again then. */
  async start(): Promise<void> {
    if (this.model) return;
    try {
      await this.connect();
    } catch (error) {
      this.lastProblem = describe(error);
      throw new BrokerUnavailableError(this.lastProblem, { cause: error });
    }
  }

  /**
   * Gives the connection, when there is one again.
   *
   * @throws {BrokerUnavailableError} after `timeoutMs` without one. @throws the signal's reason.
   */
  async whenUp({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<ChannelModel> {
    signal?.throwIfAborted();
    if (this.model) return this.model;
    if (this.stopped) throw new ProviderStoppedError('the rabbitmq provider');
    const waiter: Waiter = { resolve: () => {}, reject: () => {} };
    const arrival = new Promise<ChannelModel>((resolve, reject) => Object.assign(waiter, { resolve, reject }));
    const abort = (): void => waiter.reject(signal?.reason);
    this.waiters.add(waiter);
    signal?.addEventListener('abort', abort);
    try {
      if (!Number.isFinite(timeoutMs)) return await arrival;
      return await withDeadline(arrival, timeoutMs, () => new BrokerUnavailableError(this.lastProblem));
    } finally {
      this.waiters.delete(waiter);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Runs the work on a channel of its own, which the broker may close for what the work asked. */
  async withChannel<T>(work: (channel: Channel) => Promise<T>, timeoutMs: number): Promise<T> {
    const model = await this.whenUp({ timeoutMs });
    const late = (): Error => new BrokerUnavailableError(`no answer within ${timeoutMs} ms`);
    const channel = await withDeadline(model.createChannel(), timeoutMs, late);
    channel.on('error', () => {});
    try {
      return await work(channel);
    } finally {
      await closeQuietly(channel);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.lastProblem = 'the provider is stopped';
    clearTimeout(this.timer);
    for (const waiter of this.waiters) waiter.reject(new ProviderStoppedError('the rabbitmq provider'));
    const model = this.model;
    this.model = null;
    if (!model) return;
    // A frozen broker never answers the close.
    await withDeadline(model.close(), CLOSE_TIMEOUT_MS, () => new Error('late')).catch(() => {});
    destroySocket(model);
  }

  private async connect(): Promise<void> {
    const { url, connectTimeoutMs, connectionName } = this.settings;
    const model = await loadAmqplib().connect(url, {
      noDelay: true,
      timeout: connectTimeoutMs,
      clientProperties: { connection_name: `${connectionName} ${this.role}` },
    });
    if (this.stopped) {
      destroySocket(model);
      throw new ProviderStoppedError('the rabbitmq provider');
    }
    this.accept(model);
  }

  private accept(model: ChannelModel): void {
    this.model = model;
    this.attemptCount = 0;
    const socket = socketOf(model);
    if (socket) coalesceWrites(socket);
    model.on('error', (error) => {
      this.lastProblem = describe(error);
    });
    model.on('close', (error) => this.lose(model, error));
    model.on('blocked', (reason) => {
      this.settings.logger.warn('blocked by the broker', { connection: this.role, reason: String(reason) });
      this.listener.onBlocked?.(String(reason));
    });
    model.on('unblocked', () => this.listener.onBlocked?.(null));
    this.settings.logger.info('connected to the broker', { connection: this.role, reconnectCount: this.connectCount });
    this.listener.onUp(model);
    for (const waiter of this.waiters) waiter.resolve(model);
    this.settings.onConnected({ connection: this.role, reconnectCount: this.connectCount });
    this.connectCount += 1;
  }

  private lose(model: ChannelModel, error: Error | undefined): void {
    // What the driver leaves half open to a frozen broker would keep the process alive.
    destroySocket(model);
    if (this.model !== model || this.stopped) return;
    this.model = null;
    if (error) this.lastProblem = describe(error);
    else this.lastProblem = 'the connection was closed';
    this.settings.logger.warn('connection to the broker lost', { connection: this.role, problem: this.lastProblem });
    this.listener.onBlocked?.(null);
    this.settings.onLost({ connection: this.role, problem: this.lastProblem });
    this.reconnectLater();
  }

  private reconnectLater(): void {
    const delayMs = Math.min(BACKOFF_INITIAL_MS * 2 ** Math.min(this.attemptCount, 10), BACKOFF_MAX_MS);
    this.attemptCount += 1;
    this.timer = setTimeout(() => void this.reconnect(), delayMs * (0.8 + Math.random() * 0.4));
  }

  private async reconnect(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      if (this.stopped) return;
      this.lastProblem = describe(error);
      this.settings.logger.debug('reconnecting failed', { connection: this.role, problem: this.lastProblem });
      this.reconnectLater();
    }
  }
}

/** Closes a channel, whatever has become of it; does not wait for a broker that is silent. */
export async function closeQuietly(channel: Channel): Promise<void> {
  try {
    await withDeadline(channel.close(), CLOSE_TIMEOUT_MS, () => new Error('late'));
  } catch {
    // The broker has closed it already, or closes it with the connection.
  }
}

/** Ends the socket at once, and with it the driver's heartbeats, which only an error of the socket does. */
function destroySocket(model: ChannelModel): void {
  model.on('error', () => {});
  socketOf(model)?.destroy(new Error('the connection was given up'));
}

function socketOf(model: ChannelModel): Duplex | undefined {
  return (model.connection as { stream?: Duplex }).stream;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A host with several addresses fails with an AggregateError, whose message is empty.
  return error.message || String((error as { code?: string }).code ?? error.name);
}
