import { type Logger, silentLogger } from '../logger';
import { wakeupChannel } from '../wakeup-channel';
import type { SqlClient } from './install-pgmq';

/** What a {@link WakeupNotifier} needs. */
export interface WakeupNotifierOptions {
  /** A pool, or a client that is never inside a transaction when this runs. Never ended here. */
  readonly client: SqlClient;
  readonly logger?: Logger;
  /** @default 10 — milliseconds between two flushes while little is announced. */
  readonly minWindowMs?: number;
  /** @default 100 — milliseconds between two flushes under lasting load. */
  readonly maxWindowMs?: number;
}

/** Calls per least window, three hundred per second by default, that have the next window be longer. */
const FLOOD = 3;
const NOTIFY_ALL = 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as wakeup(channel, payload)';

/**
 * Tells other processes that queues have messages, at a bounded cost.
 *
 * A notifying commit holds a lock that all such commits of the server share, so this sends one statement of its own
 * for many: the first wake-up at once, what comes within the window after it together at the window's end. The window
 * doubles while three calls and more come in the time of the least, so that a steady trickle is heard of at once and a
 * flood costs little; else it is at its least. A wake-up that cannot be sent is dropped and counted: consumers poll or
 * drain.
 */
export class WakeupNotifier implements AsyncDisposable {
  private readonly client: SqlClient;
  private readonly logger: Logger;
  private readonly minWindowMs: number;
  private readonly maxWindowMs: number;
  private windowMs: number;
  private pending = new Map<string, string>();
  private callCount = 0;
  private timer: NodeJS.Timeout | undefined;
  private inFlight: Promise<void> = Promise.resolve();
  private stopped = false;
  private sent = 0;
  private dropped = 0;

  constructor(options: WakeupNotifierOptions) {
    this.client = options.client;
    this.logger = options.logger ?? silentLogger;
    this.minWindowMs = options.minWindowMs ?? 10;
    this.maxWindowMs = options.maxWindowMs ?? 100;
    this.windowMs = this.minWindowMs;
  }

  /** Wake-ups sent, after coalescing. */
  get sentCount(): number {
    return this.sent;
  }

  /** Wake-ups given up because the database could not be reached. */
  get droppedCount(): number {
    return this.dropped;
  }

  /**
   * Announces that the queue has visible messages; call it after their commit. Returns at once. Ignored after `stop`.
   *
   * @throws {InvalidQueueNameError} for an invalid name.
   */
  notify(queueName: string): void {
    if (this.stopped) return;
    this.pending.set(queueName, wakeupChannel(queueName));
    this.callCount += 1;
    if (this.timer === undefined) this.openWindow();
  }

  /** Sends what is pending without waiting for the window; resolves when it is sent or dropped. */
  async flush(): Promise<void> {
    this.sendPending();
    await this.inFlight;
  }

  /** Flushes and takes no more. Idempotent. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private openWindow(): void {
    this.sendPending();
    this.callCount = 0;
    this.timer = setTimeout(() => this.closeWindow(), this.windowMs);
  }

  private closeWindow(): void {
    this.timer = undefined;
    const isFlood = this.callCount >= (FLOOD * this.windowMs) / this.minWindowMs;
    this.windowMs = isFlood ? Math.min(this.windowMs * 2, this.maxWindowMs) : this.minWindowMs;
    if (this.pending.size > 0) this.openWindow();
  }

  private sendPending(): void {
    const batch = this.pending;
    if (batch.size === 0) return;
    this.pending = new Map();
    this.inFlight = Promise.all([this.inFlight, this.send(batch)]).then(() => {});
  }

  private async send(batch: ReadonlyMap<string, string>): Promise<void> {
    try {
      await this.client.query(NOTIFY_ALL, [[...batch.values()], [...batch.keys()]]);
      this.sent += batch.size;
    } catch (error) {
      this.dropped += batch.size;
      this.logger.warn('wake-ups dropped', { count: batch.size, error: String(error) });
    }
  }
}
