import type { Delivery } from '../delivery';
import { LeaseLostError } from '../errors';
import type { Logger } from '../logger';
import type { ConsumerPort } from './consumer-port';

interface Lease {
  abort: (reason: Error) => void;
  /** By the monotonic clock of this process, so that the broker's clock need not agree with ours. */
  endsAtMs: number;
}

/** Renews the leases of all held deliveries after every third of their time, one statement for each queue. */
export class LeaseKeeper {
  private readonly leases = new Map<Delivery, Lease>();
  private readonly timer: NodeJS.Timeout;
  private renewing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly port: Pick<ConsumerPort, 'extendHeld'>,
    private readonly visibilityTimeoutMs: number,
    private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => this.renewNow(), visibilityTimeoutMs / 3);
  }

  /** Renews out of turn, to learn at once of leases that are lost. */
  renewNow(): void {
    this.renewing = this.renewAll();
  }

  /** Starts to renew. `receivedAtMs` is when the delivery was asked for, by `performance.now()`. */
  hold(delivery: Delivery, receivedAtMs: number): void {
    this.leases.set(delivery, { abort: () => {}, endsAtMs: receivedAtMs + this.visibilityTimeoutMs });
  }

  /** Has the controller aborted by a `LeaseLostError` when the delivery's lease is lost. */
  attach(delivery: Delivery, controller: AbortController): void {
    const lease = this.leases.get(delivery);
    if (lease) lease.abort = (reason) => controller.abort(reason);
  }

  /** Whether the delivery is surely not in other hands. */
  isHeld(delivery: Delivery): boolean {
    const lease = this.leases.get(delivery);
    return lease !== undefined && performance.now() < lease.endsAtMs;
  }

  release(delivery: Delivery): void {
    this.leases.delete(delivery);
  }

  /** Resolves when the last renewal was answered. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }

  private async renewAll(): Promise<void> {
    const byQueue = new Map<string, Delivery[]>();
    for (const delivery of this.leases.keys()) {
      const list = byQueue.get(delivery.queue) ?? [];
      byQueue.set(delivery.queue, list);
      list.push(delivery);
    }
    await Promise.all([...byQueue].map(([queue, deliveries]) => this.renew(queue, deliveries)));
  }

  private async renew(queue: string, deliveries: readonly Delivery[]): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const held = new Set(await this.port.extendHeld(deliveries, this.visibilityTimeoutMs));
      for (const delivery of deliveries) this.applyRenewal(delivery, held.has(delivery), askedAtMs);
    } catch (error) {
      this.logger.warn('lease renewal failed', { queue, count: deliveries.length, error: String(error) });
    }
  }

  private applyRenewal(delivery: Delivery, held: boolean, askedAtMs: number): void {
    const lease = this.leases.get(delivery);
    if (!lease) return;
    if (held) {
      lease.endsAtMs = askedAtMs + this.visibilityTimeoutMs;
      return;
    }
    this.leases.delete(delivery);
    this.logger.warn('lease lost', { queue: delivery.queue, messageId: delivery.messageId });
    lease.abort(new LeaseLostError(delivery.queue, delivery.messageId));
  }
}
