import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Client } from 'pg';
import { ListenUnavailableError } from '../errors';
import { withDeadline } from '../with-deadline';
import { loadPg } from './load-pg';

/** What one listening connection needs. Times in milliseconds. */
export interface ListenerConnectionOptions {
  readonly connectionString: string;
  /** What to give to go past a pooler. */
  readonly urlName: string;
  readonly channels: ReadonlySet<string>;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly probeIntervalMs: number;
  readonly selfTestTimeoutMs: number;
  onNotification(channel: string, payload: string): void;
  onRoundTrip(roundTripMs: number): void;
  /** Told by each answered ping; see `heardUntilMs` of the listener's state. */
  onHeardUntil(heardUntilMs: number): void;
}

const KEEP_ALIVE_INITIAL_DELAY_MS = 10_000;
const SESSION_CHECK = 'select array(select pg_listening_channels()) as channels';
const PROBE = 'select pg_notify($1, $2)';

/**
 * One connection that listens, from its first byte to its end. It is never repaired: its owner opens another.
 *
 * The socket is ours, because `client.end()` waits for an answer that a black-holed connection never gives.
 */
export class ListenerConnection {
  private readonly socket = new Socket();
  private readonly client: Client;
  private readonly probeChannel = `tasker_probe_${randomBytes(8).toString('hex')}`;
  private readonly probes = new Map<string, () => void>();
  private pingTimer: NodeJS.Timeout | undefined;
  private probedAtMs = 0;
  private endReason: Error | undefined;
  private resolveClosed: (reason: Error) => void = () => {};
  /** Resolves with the reason once the connection is of no use any more. */
  readonly closed = new Promise<Error>((resolve) => {
    this.resolveClosed = resolve;
  });

  private constructor(private readonly options: ListenerConnectionOptions) {
    const { Client } = loadPg();
    this.client = new Client({
      connectionString: options.connectionString,
      application_name: 'tasker-listener',
      stream: () => this.socket,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_INITIAL_DELAY_MS,
      connectionTimeoutMillis: options.selfTestTimeoutMs,
    });
    this.client.on('error', (error) => this.close(error));
    this.client.on('end', () => this.close(new ListenUnavailableError('the listening connection ended')));
    this.client.on('notification', ({ channel, payload = '' }) => this.receive(channel, payload));
  }

  /**
   * Connects, listens and proves by a round trip that notifications arrive.
   *
   * @throws {ListenUnavailableError} when they do not, as through PgBouncer in transaction mode; or the driver's error.
   */
  static async open(options: ListenerConnectionOptions): Promise<ListenerConnection> {
    const connection = new ListenerConnection(options);
    try {
      await connection.client.connect();
      await connection.listen([...options.channels, connection.probeChannel]);
      await connection.testFromOutside();
      await connection.probeRoundTrip();
    } catch (error) {
      connection.close(error instanceof Error ? error : new ListenUnavailableError(String(error)));
      throw error;
    }
    connection.schedulePing();
    return connection;
  }

  /** Adds channels to those listened on. The names must have been checked. */
  async listen(channels: readonly string[]): Promise<void> {
    if (channels.length === 0) return;
    await this.guarded(
      this.client.query(channels.map((channel) => `listen "${channel}"`).join(';')),
      'LISTEN was not answered',
    );
  }

  /** Ends the connection at once; `closed` resolves with the reason. */
  close(reason: Error): void {
    if (this.endReason) return;
    this.endReason = reason;
    clearTimeout(this.pingTimer);
    this.client.end().catch(() => {});
    this.socket.destroySoon();
    setTimeout(() => this.socket.destroy(), 50).unref();
    this.resolveClosed(reason);
  }

  private receive(channel: string, payload: string): void {
    if (channel !== this.probeChannel) {
      this.options.onNotification(channel, payload);
      return;
    }
    this.probes.get(payload)?.();
  }

  /** A pooler may forward what a session tells itself, but never what another session tells it while it is idle. */
  private async testFromOutside(): Promise<void> {
    const { Client } = loadPg();
    const outsider = new Client({
      connectionString: this.options.connectionString,
      application_name: 'tasker-listener-test',
      connectionTimeoutMillis: this.options.selfTestTimeoutMs,
    });
    outsider.on('error', () => {});
    try {
      await outsider.connect();
      await withDeadline(
        this.probe((nonce) => outsider.query('select pg_notify($1, $2)', [this.probeChannel, nonce])),
        this.options.selfTestTimeoutMs,
        () =>
          new ListenUnavailableError(
            `LISTEN succeeds but nothing arrives: give ${this.options.urlName} that goes past the connection pooler`,
          ),
      );
    } finally {
      outsider.end().catch(() => {});
    }
  }

  /** Asks for a sign of life. A probe costs a NOTIFY, which wakes every listener of the database, so it comes less often. */
  private async ping(): Promise<void> {
    const askedAtMs = performance.now();
    const { rows } = await this.guarded(
      this.client.query<{ channels: string[] }>(SESSION_CHECK),
      'the listening connection does not answer',
    );
    const listening = new Set(rows[0]?.channels);
    const missing = [...this.options.channels].filter((channel) => !listening.has(channel));
    if (missing.length > 0) throw new ListenUnavailableError(`the session does not listen on ${missing.join(', ')}`);
    this.options.onHeardUntil(askedAtMs);
    const { probeIntervalMs, pingIntervalMs } = this.options;
    // Half a ping early, since the timers of two equal intervals never agree.
    if (performance.now() - this.probedAtMs >= probeIntervalMs - pingIntervalMs / 2) await this.probeRoundTrip();
  }

  private async probeRoundTrip(): Promise<void> {
    this.probedAtMs = performance.now();
    const check = this.probe((nonce) => this.client.query(PROBE, [this.probeChannel, nonce]));
    await this.guarded(check, 'a notification of its own did not reach the listening connection');
    this.options.onRoundTrip(performance.now() - this.probedAtMs);
  }

  private async probe(send: (nonce: string) => Promise<unknown>): Promise<void> {
    const nonce = randomBytes(8).toString('hex');
    const arrived = new Promise<void>((resolve) => this.probes.set(nonce, resolve));
    try {
      await Promise.all([send(nonce), arrived]);
    } finally {
      this.probes.delete(nonce);
    }
  }

  private guarded<T>(work: Promise<T>, problem: string): Promise<T> {
    return withDeadline(
      work,
      this.options.pingTimeoutMs,
      () => new ListenUnavailableError(`${problem} within ${this.options.pingTimeoutMs} ms`),
    );
  }

  private schedulePing(): void {
    this.pingTimer = setTimeout(() => {
      this.ping().then(
        () => {
          if (!this.endReason) this.schedulePing();
        },
        (error: Error) => this.close(error),
      );
    }, this.options.pingIntervalMs);
  }
}
