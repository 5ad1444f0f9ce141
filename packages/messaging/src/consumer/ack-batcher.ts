import type { Delivery } from '../delivery';
import type { Logger } from '../logger';
import type { ConsumerPort } from './consumer-port';

const FLUSH_AT_COUNT = 500;

/**
 * Acks many at once: a queue's acks are sent at 500, or when the first of them has waited as long as the port lets it.
 * An ack that fails is logged, and its message comes back when its lease ends.
 */
export class AckBatcher {
  private readonly pending = new Map<string, Delivery[]>();
  private readonly inFlight = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly port: Pick<ConsumerPort, 'ack' | 'ackLingerMs'>,
    private readonly logger: Logger,
  ) {}

  add(delivery: Delivery): void {
    const batch = this.pending.get(delivery.queue) ?? [];
    this.pending.set(delivery.queue, batch);
    batch.push(delivery);
    if (batch.length >= FLUSH_AT_COUNT) this.send(delivery.queue, batch);
    if (this.port.ackLingerMs > 0) this.timer ??= setTimeout(() => this.sendAll(), this.port.ackLingerMs);
    else if (batch.length === 1) queueMicrotask(() => this.sendAll());
  }

  /** Sends what is pending; resolves when every ack so far was answered. */
  async flush(): Promise<void> {
    this.sendAll();
    await Promise.all(this.inFlight);
  }

  private sendAll(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [queue, batch] of this.pending) this.send(queue, batch);
  }

  private send(queue: string, batch: readonly Delivery[]): void {
    this.pending.delete(queue);
    const sending = this.port.ack(batch).then(
      (count) => {
        if (count < batch.length) {
          this.logger.warn('acks came after their lease had ended', { queue, lateCount: batch.length - count });
        }
      },
      (error) => this.logger.warn('acks failed', { queue, count: batch.length, error: String(error) }),
    );
    this.inFlight.add(sending);
    void sending.finally(() => this.inFlight.delete(sending));
  }
}
