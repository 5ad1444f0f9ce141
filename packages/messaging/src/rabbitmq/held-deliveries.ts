import type { Delivery } from '../delivery';
import { parseQueueName, type QueueName } from '../queue-name';
import { type DeliveryHandle, HoldingChannel, handleOf } from './holding-channel';
import type { RecoveringConnection } from './recovering-connection';

/** A delivery and what it takes to settle it. */
export type TakenDelivery = readonly [Delivery, DeliveryHandle];

/** The messages that this process holds, and the channels that they came over. */
export class HeldDeliveries {
  private readonly holders = new Set<HoldingChannel>();
  /** One for each queue that is received from by hand, since a missing queue costs the channel. */
  private readonly getters = new Map<string, Promise<HoldingChannel>>();

  constructor(
    private readonly connection: RecoveringConnection,
    private readonly timeoutMs: number,
  ) {}

  /** Opens a channel for the messages of a queue. */
  async open(queue: QueueName, onClosed: (holder: HoldingChannel) => void): Promise<HoldingChannel> {
    const model = await this.connection.whenUp({ timeoutMs: this.timeoutMs });
    const channel = await model.createChannel();
    const holder = new HoldingChannel(queue, channel, () => {
      this.holders.delete(holder);
      onClosed(holder);
    });
    this.holders.add(holder);
    return holder;
  }

  /** Gets up to `max` messages, one after the other: the driver waits for each answer. */
  async get(queue: QueueName, address: string, max: number): Promise<Delivery[]> {
    const holder = await this.getterOf(queue);
    const deliveries: Delivery[] = [];
    while (deliveries.length < max) {
      const message = await holder.channel.get(address);
      if (!message) break;
      deliveries.push(holder.hold(message));
    }
    return deliveries;
  }

  /** Acks; gives how many were still held. */
  ack(deliveries: readonly Delivery[]): number {
    return ackTaken(takeAll(deliveries));
  }

  /** Hands back at once; gives how many were still held. */
  requeue(deliveries: readonly Delivery[]): number {
    return takeAll(deliveries).filter(([, handle]) => handle.holder.requeue(handle)).length;
  }

  /** Acks what is still held once `send` has stored it elsewhere; hands it back when that fails. */
  async move(
    deliveries: readonly Delivery[],
    send: (queue: QueueName, taken: readonly TakenDelivery[]) => Promise<void>,
  ): Promise<number> {
    const byQueue = new Map<string, TakenDelivery[]>();
    for (const taken of takeAll(deliveries)) {
      const list = byQueue.get(taken[0].queue) ?? [];
      byQueue.set(taken[0].queue, list);
      list.push(taken);
    }
    let count = 0;
    for (const [queue, taken] of byQueue) {
      try {
        await send(parseQueueName(queue), taken);
      } catch (error) {
        for (const [, handle] of taken) handle.holder.requeue(handle);
        throw error;
      }
      count += ackTaken(taken);
    }
    return count;
  }

  countHeld(queue: QueueName): number {
    let count = 0;
    for (const holder of this.holders) if (holder.queue === queue) count += holder.heldCount;
    return count;
  }

  private getterOf(queue: QueueName): Promise<HoldingChannel> {
    const current = this.getters.get(queue);
    if (current) return current;
    const forget = (): void => void this.getters.delete(queue);
    const opening = this.open(queue, forget);
    this.getters.set(queue, opening);
    opening.catch(forget);
    return opening;
  }
}

function takeAll(deliveries: readonly Delivery[]): TakenDelivery[] {
  const taken: TakenDelivery[] = [];
  for (const delivery of deliveries) {
    const handle = handleOf(delivery);
    if (handle?.holder.take(handle)) taken.push([delivery, handle]);
  }
  return taken;
}

function ackTaken(taken: readonly TakenDelivery[]): number {
  const byHolder = new Map<HoldingChannel, DeliveryHandle[]>();
  for (const [, handle] of taken) {
    const handles = byHolder.get(handle.holder);
    if (handles) handles.push(handle);
    else byHolder.set(handle.holder, [handle]);
  }
  let count = 0;
  for (const [holder, handles] of byHolder) count += holder.ack(handles);
  return count;
}
