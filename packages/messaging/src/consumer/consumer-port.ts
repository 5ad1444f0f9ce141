import type { Delivery } from '../delivery';
import type { NackAction, ReceiveOptions } from '../messaging-provider';

/** What a {@link QueueConsumer} asks of a broker. */
export interface ConsumerPort {
  /** Milliseconds that acks may wait for others to travel with; 0 where an ack costs no round trip. */
  readonly ackLingerMs: number;
  receive(queue: string, options: ReceiveOptions): Promise<readonly Delivery[]>;
  ack(deliveries: readonly Delivery[]): Promise<number>;
  nack(deliveries: readonly Delivery[], action: NackAction): Promise<number>;
  /** Extends leases of one queue, and gives the deliveries that still hold theirs. */
  extendHeld(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<readonly Delivery[]>;
  /** Milliseconds until the queue's next message becomes visible, 0 or more; null when it is empty. */
  nextVisibleInMs(queue: string): Promise<number | null>;
  /** Whether wake-ups can be relied on at this moment. */
  wakeupsWork(): boolean;
}
