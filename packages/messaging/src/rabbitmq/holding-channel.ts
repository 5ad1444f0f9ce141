import type { Channel, Message } from 'amqplib';
import type { Delivery } from '../delivery';
import { decodeDelivery } from './message-codec';

const HANDLE = Symbol('handle');

/** What it takes to settle a delivery: it dies with the channel that it came over. */
export interface DeliveryHandle {
  readonly holder: HoldingChannel;
  readonly message: Message;
}

/** Gives the handle of a delivery that this provider made, or of a copy of one; undefined for others. */
export function handleOf(delivery: Delivery): DeliveryHandle | undefined {
  return (delivery as { [HANDLE]?: DeliveryHandle })[HANDLE];
}

/** Whether the broker still leaves the delivery to who has it. */
export function isHeld(delivery: Delivery): boolean {
  const handle = handleOf(delivery);
  return handle?.holder.holds(handle) ?? false;
}

let holderCount = 0;

/** A channel that messages come over, and which of them are held. Its end ends every lease of it. */
export class HoldingChannel {
  private readonly held = new Map<DeliveryHandle, 'held' | 'taken'>();
  private readonly id = ++holderCount;

  constructor(
    readonly queue: string,
    readonly channel: Channel,
    private readonly onClosed: (holder: HoldingChannel) => void,
  ) {
    channel.on('error', () => {});
    channel.on('close', () => {
      this.held.clear();
      this.onClosed(this);
    });
  }

  /** Messages that are not settled yet. */
  get heldCount(): number {
    return this.held.size;
  }

  hold(message: Message): Delivery {
    const handle: DeliveryHandle = { holder: this, message };
    this.held.set(handle, 'held');
    const delivery = decodeDelivery(this.queue, message, `${this.id}-${message.fields.deliveryTag}`);
    return Object.assign(delivery, { [HANDLE]: handle });
  }

  holds(handle: DeliveryHandle): boolean {
    return this.held.get(handle) === 'held';
  }

  /** Reserves the message for who settles it then; false when it is no longer held. */
  take(handle: DeliveryHandle): boolean {
    if (!this.holds(handle)) return false;
    this.held.set(handle, 'taken');
    return true;
  }

  /** Acks what was taken; gives how many, which is none when the channel has ended meanwhile. */
  ack(handles: readonly DeliveryHandle[]): number {
    const oldest = this.takeOldest(new Set(handles));
    const last = oldest.at(-1);
    let count = last && this.settle(last, () => this.channel.ack(last.message, true)) ? oldest.length : 0;
    for (const handle of handles) {
      if (this.settle(handle, () => this.channel.ack(handle.message))) count += 1;
    }
    return count;
  }

  /** Hands back at once what was taken; false when its channel has ended meanwhile. */
  requeue(handle: DeliveryHandle): boolean {
    return this.settle(handle, () => this.channel.nack(handle.message, false, true));
  }

  /** Removes and gives those of the handles that nothing older is held before: one ack does for them, the last is left to it. */
  private takeOldest(handles: ReadonlySet<DeliveryHandle>): DeliveryHandle[] {
    const oldest: DeliveryHandle[] = [];
    // They are held in the order of their tags.
    for (const handle of this.held.keys()) {
      if (!handles.has(handle)) break;
      oldest.push(handle);
    }
    for (const handle of oldest.slice(0, -1)) this.held.delete(handle);
    return oldest;
  }

  private settle(handle: DeliveryHandle, write: () => void): boolean {
    if (!this.held.delete(handle)) return false;
    try {
      write();
      return true;
    } catch {
      // A channel that is closing throws; the message comes back by itself.
      return false;
    }
  }
}
