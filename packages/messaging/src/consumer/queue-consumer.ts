import type { Delivery } from '../delivery';
import { ProviderStoppedError } from '../errors';
import type { Logger } from '../logger';
import type { BatchHandler, Disposition, Subscription } from '../subscription';
import { withDeadline } from '../with-deadline';
import { AckBatcher } from './ack-batcher';
import type { ConsumeSettings } from './consume-settings';
import type { ConsumerPort } from './consumer-port';
import { LeaseKeeper } from './lease-keeper';
import { LookSchedule } from './look-schedule';

const RETRY_AFTER_ERROR_MS = 500;
const ABORT_GRACE_MS = 1_000;
const LONGEST_TIMER_MS = 2_147_483_647;
const ACK: Disposition = { kind: 'ack' };

/**
 * The consumer behind every pull broker: looks at its queues when woken or due, holds up to `prefetch` messages, runs
 * up to `concurrency` handlers, keeps the leases of all it holds and settles what is handled.
 *
 * A slot is free again when its handler returns; the ack travels in a batch meanwhile.
 */
export class QueueConsumer implements Subscription {
  private readonly schedule: LookSchedule;
  private readonly leases: LeaseKeeper;
  private readonly acks: AckBatcher;
  private buffer: Delivery[] = [];
  private readonly controllers = new Set<AbortController>();
  private readonly handlers = new Set<Promise<void>>();
  private readonly settling = new Set<Promise<unknown>>();
  private runningMessageCount = 0;
  private readonly stopSignal = new AbortController();
  private endSleep: () => void = () => {};
  private readonly loop: Promise<void>;
  private stopping: Promise<void> | undefined;

  constructor(
    readonly queues: readonly string[],
    private readonly handler: BatchHandler,
    private readonly settings: ConsumeSettings,
    private readonly port: ConsumerPort,
    private readonly logger: Logger,
    private readonly onStopped: () => void,
  ) {
    this.schedule = new LookSchedule(queues, settings);
    this.leases = new LeaseKeeper(port, settings.visibilityTimeoutMs, logger);
    this.acks = new AckBatcher(port, logger);
    this.loop = this.run();
  }

  get mode(): ConsumeSettings['mode'] {
    return this.settings.mode;
  }

  /** Whether it takes no more messages. */
  get isStopping(): boolean {
    return this.stopSignal.signal.aborted;
  }

  wake(queue?: string): void {
    this.schedule.wake(queue);
    this.endSleep();
  }

  /** Asks the broker at once which leases still hold, when some may have been lost. */
  checkLeases(): void {
    this.leases.renewNow();
  }

  stop(): Promise<void> {
    this.stopping ??= this.drainAndStop();
    return this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopSignal.signal.aborted) {
      const queue = this.freeCount() > 0 ? this.schedule.takeDue() : null;
      if (queue === null) await this.sleep();
      else await this.look(queue);
    }
  }

  private freeCount(): number {
    return this.settings.prefetch - this.buffer.length - this.runningMessageCount;
  }

  private sleep(): Promise<void> {
    const idleMs = this.freeCount() > 0 ? this.schedule.idleMs() : Number.POSITIVE_INFINITY;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.endSleep(), Math.min(Math.ceil(idleMs), LONGEST_TIMER_MS));
      this.endSleep = () => {
        clearTimeout(timer);
        this.endSleep = () => {};
        resolve();
      };
    });
  }

  private async look(queue: string): Promise<void> {
    const max = Math.min(this.freeCount(), 1_000);
    const { visibilityTimeoutMs, mode } = this.settings;
    const askedAtMs = performance.now();
    try {
      const { deliveries, nextVisibleInMs } = await this.port.look(queue, {
        max,
        visibilityTimeoutMs,
        asksNext: mode !== 'poll',
      });
      this.accept(deliveries, askedAtMs);
      if (deliveries.length === max) {
        this.schedule.lookWithin(queue, 0);
        return;
      }
      this.schedule.afterDrained(queue, deliveries.length, this.port.wakeupsWork(), nextVisibleInMs);
    } catch (error) {
      this.logger.warn('receiving failed', { queue, error: String(error) });
      this.schedule.lookWithin(queue, RETRY_AFTER_ERROR_MS * (1 + Math.random()));
    }
  }

  private accept(deliveries: readonly Delivery[], askedAtMs: number): void {
    for (const received of deliveries) {
      const delivery = this.admit(received);
      if (!delivery) continue;
      this.leases.hold(delivery, askedAtMs);
      this.buffer.push(delivery);
    }
    this.dispatch();
  }

  /** Gives the delivery with its parsed body, or null when it was dead-lettered instead. */
  private admit(delivery: Delivery): Delivery | null {
    const { maxReceiveCount, parse } = this.settings;
    if (delivery.receiveCount > maxReceiveCount) {
      this.settle(delivery, { kind: 'deadLetter', reason: `received more than ${maxReceiveCount} times` });
      return null;
    }
    try {
      return { ...delivery, body: parse(delivery.body) };
    } catch (error) {
      this.settle(delivery, { kind: 'deadLetter', reason: `unparsable: ${describe(error)}` });
      return null;
    }
  }

  private dispatch(): void {
    while (!this.stopSignal.signal.aborted && this.handlers.size < this.settings.concurrency) {
      const group = this.takeGroup();
      if (group.length === 0) return;
      this.runningMessageCount += group.length;
      const running = this.handle(group).finally(() => {
        this.handlers.delete(running);
        this.runningMessageCount -= group.length;
        this.dispatch();
        this.endSleep();
      });
      this.handlers.add(running);
    }
  }

  /** Looks at no more than it needs: with thousands held, each call would cost what all of them do. */
  private takeGroup(): Delivery[] {
    const group: Delivery[] = [];
    const lost: Delivery[] = [];
    let index = 0;
    while (index < this.buffer.length && group.length < this.settings.batchSize) {
      const delivery = this.buffer[index] as Delivery;
      const held = this.leases.isHeld(delivery);
      if (held && delivery.queue !== (group[0] ?? delivery).queue) {
        index += 1;
        continue;
      }
      this.buffer.splice(index, 1);
      (held ? group : lost).push(delivery);
    }
    this.handBack(lost);
    return group;
  }

  private async handle(group: readonly Delivery[]): Promise<void> {
    const controller = new AbortController();
    this.controllers.add(controller);
    for (const delivery of group) this.leases.attach(delivery, controller);
    const dispositions = await this.decide(group, controller.signal);
    this.controllers.delete(controller);
    group.forEach((delivery, index) => {
      this.leases.release(delivery);
      this.settle(delivery, dispositions[index] ?? ACK);
    });
  }

  private async decide(group: readonly Delivery[], signal: AbortSignal): Promise<readonly Disposition[]> {
    try {
      const result = (await this.handler(group, { signal })) ?? ACK;
      return 'kind' in result ? group.map(() => result) : result;
    } catch (error) {
      const { maxReceiveCount, retryDelayMs } = this.settings;
      return group.map(({ receiveCount }) =>
        receiveCount >= maxReceiveCount
          ? { kind: 'deadLetter', reason: `failed ${receiveCount} times, at last: ${describe(error)}` }
          : { kind: 'requeue', afterMs: retryDelayMs },
      );
    }
  }

  private settle(delivery: Delivery, disposition: Disposition): void {
    if (disposition.kind === 'ack') {
      this.acks.add(delivery);
      return;
    }
    const settled = this.nack(delivery, disposition).finally(() => this.settling.delete(settled));
    this.settling.add(settled);
  }

  private async nack(delivery: Delivery, disposition: Exclude<Disposition, { kind: 'ack' }>): Promise<void> {
    const { queue, messageId } = delivery;
    try {
      if (disposition.kind === 'requeue') {
        await this.port.nack([delivery], { requeueAfterMs: disposition.afterMs });
        this.schedule.lookWithin(queue, disposition.afterMs);
        this.endSleep();
        return;
      }
      this.logger.warn('message dead-lettered', { queue, messageId, reason: disposition.reason });
      await this.port.nack([delivery], { deadLetter: disposition.reason });
    } catch (error) {
      this.logger.warn('settling failed', { queue, messageId, error: String(error) });
    }
  }

  private async drainAndStop(): Promise<void> {
    this.stopSignal.abort(new ProviderStoppedError('the subscription'));
    this.endSleep();
    await this.loop;
    this.handBack(this.buffer.splice(0));
    await this.awaitHandlers();
    await this.acks.flush();
    await Promise.all(this.settling);
    await this.leases.stop();
    this.onStopped();
  }

  /** Looks again for what is handed back, as others may be unable to take it. */
  private handBack(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.leases.release(delivery);
    const settled = this.port
      .nack(deliveries, { requeueAfterMs: 0 })
      .catch((error) => this.logger.warn('handing back failed', { count: deliveries.length, error: String(error) }))
      .finally(() => {
        this.settling.delete(settled);
        for (const { queue } of deliveries) this.schedule.wake(queue);
        this.endSleep();
      });
    this.settling.add(settled);
  }

  private async awaitHandlers(): Promise<void> {
    const finished = Promise.all(this.handlers).then(() => {});
    const late = new ProviderStoppedError('the subscription');
    try {
      await withDeadline(finished, this.settings.stopTimeoutMs, () => late);
    } catch {
      for (const controller of this.controllers) controller.abort(late);
      // A handler that ignores its signal is left behind; its message comes back when the lease ends.
      await withDeadline(finished, ABORT_GRACE_MS, () => late).catch(() => {});
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
