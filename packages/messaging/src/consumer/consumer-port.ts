import type { Delivery } from '../delivery';
import type { NackAction } from '../messaging-provider';

/** How a {@link QueueConsumer} looks at a queue. */
export interface LookOptions {
  /** Most messages to claim: 1 to 1,000. */
  readonly max: number;
  /** Milliseconds of lease. */
  readonly visibilityTimeoutMs: number;
  /** Whether {@link Look.nextVisibleInMs} is of use. */
  readonly asksNext: boolean;
}

/** What a look at a queue found. */
export interface Look {
  /** What was claimed, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** When fewer than `max` were found: milliseconds until the next may be visible, 0 or more; null when none is left. */
  readonly nextVisibleInMs: number | null;
}

/** What a {@link QueueConsumer} asks of a broker. */
export interface ConsumerPort {
  /** Milliseconds that acks may wait for others to travel with; 0 where an ack costs no round trip. */
  readonly ackLingerMs: number;
  look(queue: string, options: LookOptions): Promise<Look>;
  ack(deliveries: readonly Delivery[]): Promise<number>;
  nack(deliveries: readonly Delivery[], action: NackAction): Promise<number>;
  /** Extends leases of one queue, and gives the deliveries that still hold theirs. */
  extendHeld(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<readonly Delivery[]>;
  /** Whether wake-ups can be relied on at this moment. */
  wakeupsWork(): boolean;
}
