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

  /** Acks what was taken; false when its channel has ended meanwhile. */
  ack(handle: DeliveryHandle): boolean {
    return this.settle(handle, () => this.channel.ack(handle.message));
  }

  /** Hands back at once what was taken; false when its channel has ended meanwhile. */
  requeue(handle: DeliveryHandle): boolean {
    return this.settle(handle, () => this.channel.nack(handle.message, false, true));
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
