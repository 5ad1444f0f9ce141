import type { ConsumeMessage } from 'amqplib';
import type { Delivery } from '../delivery';
import type { Logger } from '../logger';
import type { QueueName } from '../queue-name';
import { withDeadline } from '../with-deadline';
import { type HoldingChannel, handleOf, isHeld } from './holding-channel';
import { isNotFound, type QueueCatalog } from './queue-catalog';
import { closeQuietly, type RecoveringConnection } from './recovering-connection';

const RETRY_INITIAL_MS = 50;
const RETRY_MAX_MS = 2_000;
const MOST_PREFETCH = 65_535;
const CANCEL_TIMEOUT_MS = 2_000;

/** What a {@link PushSource} needs. */
export interface PushSourceDeps {
  readonly queue: QueueName;
  readonly prefetch: number;
  readonly connection: RecoveringConnection;
  readonly catalog: QueueCatalog;
  readonly logger: Logger;
  /** The queue's name at the broker. */
  readonly address: string;
  openHolder(queue: QueueName, onClosed: (holder: HoldingChannel) => void): Promise<HoldingChannel>;
  /** Messages have come. */
  onArrival(): void;
  /** Every message that came so far is no longer held. */
  onLost(): void;
}

/** A queue's messages as the broker pushes them, over a channel that is opened again whenever it is lost. */
export class PushSource {
  private arrivals: Delivery[] = [];
  private holder: HoldingChannel | null = null;
  private consumerTag: string | null = null;
  private readonly stopSignal = new AbortController();
  private endWait: () => void = () => {};
  private readonly running: Promise<void>;

  constructor(private readonly deps: PushSourceDeps) {
    this.stopSignal.signal.addEventListener('abort', () => this.endWait());
    this.running = this.run();
  }

  get hasArrivals(): boolean {
    return this.arrivals.length > 0;
  }

  /** Gives up to `max` messages that have come, in their order. */
  take(max: number): readonly Delivery[] {
    return this.arrivals.splice(0, max).filter(isHeld);
  }

  /** Has the broker push no more, and hands back what nobody took; does not wait for a broker that is silent. */
  async cancel(): Promise<void> {
    this.stopSignal.abort(new Error('the source is stopped'));
    const late = (): Error => new Error(`no answer within ${CANCEL_TIMEOUT_MS} ms`);
    try {
      await withDeadline(this.cancelAtBroker(), CANCEL_TIMEOUT_MS, late);
    } catch (error) {
      this.deps.logger.debug('cancelling failed', { queue: this.deps.queue, problem: String(error) });
    }
    for (const delivery of this.take(this.arrivals.length)) {
      const handle = handleOf(delivery);
      if (handle?.holder.take(handle)) handle.holder.requeue(handle);
    }
  }

  /** Closes the channel; what is still held goes back to the queue. */
  async close(): Promise<void> {
    if (this.holder) await closeQuietly(this.holder.channel);
  }

  private async cancelAtBroker(): Promise<void> {
    await this.running;
    const { holder, consumerTag } = this;
    if (holder && consumerTag !== null) await holder.channel.cancel(consumerTag);
  }

  private async run(): Promise<void> {
    let failureCount = 0;
    while (!this.stopSignal.signal.aborted) {
      try {
        await this.subscribe();
        failureCount = 0;
        if (this.holder && this.consumerTag !== null) await this.wait(Number.POSITIVE_INFINITY);
      } catch (error) {
        if (this.stopSignal.signal.aborted) return;
        this.deps.logger.warn('consuming failed', { queue: this.deps.queue, problem: String(error) });
        await this.recover(error);
        await this.wait(Math.min(RETRY_INITIAL_MS * 2 ** failureCount, RETRY_MAX_MS) * (0.8 + Math.random() * 0.4));
        failureCount = Math.min(failureCount + 1, 10);
      }
    }
  }

  private async subscribe(): Promise<void> {
    const { queue, address, prefetch, connection, openHolder, logger } = this.deps;
    await connection.whenUp({ timeoutMs: Number.POSITIVE_INFINITY, signal: this.stopSignal.signal });
    const holder = await openHolder(queue, (closed) => this.lose(closed));
    this.holder = holder;
    await holder.channel.prefetch(Math.min(prefetch, MOST_PREFETCH));
    const { consumerTag } = await holder.channel.consume(address, (message) => {
      // The driver ends the connection for what is thrown here.
      try {
        this.receive(holder, message);
      } catch (error) {
        logger.error('receiving failed', { queue, problem: String(error) });
      }
    });
    this.consumerTag = consumerTag;
  }

  private receive(holder: HoldingChannel, message: ConsumeMessage | null): void {
    if (message === null) {
      // The queue was deleted or has moved to another node: what we hold of it cannot be settled any more.
      this.deps.logger.warn('consumer cancelled by the broker', { queue: this.deps.queue });
      void closeQuietly(holder.channel);
      return;
    }
    this.arrivals.push(holder.hold(message));
    this.deps.onArrival();
  }

  private lose(holder: HoldingChannel): void {
    if (this.holder !== holder) return;
    this.holder = null;
    this.consumerTag = null;
    this.arrivals = [];
    this.deps.onLost();
    this.endWait();
  }

  private async recover(error: unknown): Promise<void> {
    const { queue, catalog, logger } = this.deps;
    const { holder } = this;
    if (holder) await closeQuietly(holder.channel);
    if (!isNotFound(error) || !catalog.isDeclared(queue)) return;
    try {
      await catalog.restore(queue);
      logger.warn('queue declared again', { queue });
    } catch (problem) {
      logger.warn('declaring the queue again failed', { queue, problem: String(problem) });
    }
  }

  private wait(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(forMs) ? setTimeout(() => this.endWait(), forMs) : undefined;
      this.endWait = () => {
        clearTimeout(timer);
        this.endWait = () => {};
        resolve();
      };
      if (this.stopSignal.signal.aborted) this.endWait();
    });
  }
}
