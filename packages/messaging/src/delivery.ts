/** A message's id, unique within its queue, as text: decimal with PGMQ (64 bit), a UUID with RabbitMQ. */
export type MessageId = string;

/** String headers that travel beside the body. A foreign producer's other values arrive as their JSON text. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** One message in the hands of one consumer, until its lease ends. */
export interface Delivery {
  readonly queue: string;
  readonly messageId: MessageId;
  /** How often the message was handed out, this time included; 1 or more. With the id, the fence against late acks. */
  readonly receiveCount: number;
  readonly enqueuedAt: Date;
  /** When the message becomes visible to others unless extended; by the broker's clock. */
  readonly leaseExpiresAt: Date;
  readonly body: unknown;
  readonly headers: MessageHeaders;
}
