import type { Delivery, MessageHeaders, MessageId } from '../delivery';
import type { QueueStats } from '../messaging-provider';

interface StoredMessage {
  readonly messageId: MessageId;
  readonly text: string;
  readonly headers: MessageHeaders;
  readonly enqueuedAtMs: number;
  visibleAtMs: number;
  receiveCount: number;
}

/** One queue in memory: messages in the order they were sent, each hidden until its instant. */
export class MemoryQueue {
  readonly createdAt = new Date();
  private readonly messages = new Map<MessageId, StoredMessage>();
  private lastId = 0;

  constructor(private readonly name: string) {}

  /** `text` is JSON: a stored message shares nothing with its sender. */
  add(text: string, headers: MessageHeaders, delayMs: number): MessageId {
    this.lastId += 1;
    const messageId = String(this.lastId);
    const enqueuedAtMs = Date.now();
    const visibleAtMs = enqueuedAtMs + delayMs;
    this.messages.set(messageId, {
      messageId,
      text,
      headers: { ...headers },
      enqueuedAtMs,
      visibleAtMs,
      receiveCount: 0,
    });
    return messageId;
  }

  take(max: number, visibilityTimeoutMs: number): Delivery[] {
    const taken: Delivery[] = [];
    const nowMs = Date.now();
    for (const message of this.messages.values()) {
      if (taken.length >= max) break;
      if (message.visibleAtMs > nowMs) continue;
      message.visibleAtMs = nowMs + visibilityTimeoutMs;
      message.receiveCount += 1;
      taken.push(this.toDelivery(message));
    }
    return taken;
  }

  /** Gives the delivery's message back out of the queue; null when it is in other hands or gone. */
  removeHeld(delivery: Delivery): { text: string; headers: MessageHeaders } | null {
    const message = this.findHeld(delivery);
    if (message) this.messages.delete(message.messageId);
    return message;
  }

  /** Hides the delivery's message until then; false when it is in other hands or gone. */
  hideHeld(delivery: Delivery, forMs: number): boolean {
    const message = this.findHeld(delivery);
    if (message) message.visibleAtMs = Date.now() + forMs;
    return message !== null;
  }

  nextVisibleInMs(): number | null {
    let firstAtMs: number | null = null;
    for (const { visibleAtMs } of this.messages.values()) {
      if (firstAtMs === null || visibleAtMs < firstAtMs) firstAtMs = visibleAtMs;
    }
    return firstAtMs === null ? null : Math.max(0, firstAtMs - Date.now());
  }

  stats(): QueueStats {
    const nowMs = Date.now();
    let visibleCount = 0;
    for (const { visibleAtMs } of this.messages.values()) if (visibleAtMs <= nowMs) visibleCount += 1;
    const [oldest] = this.messages.values();
    return {
      queue: this.name,
      visibleCount,
      invisibleCount: this.messages.size - visibleCount,
      totalCount: this.lastId,
      oldestAgeMs: oldest ? nowMs - oldest.enqueuedAtMs : null,
    };
  }

  private findHeld(delivery: Delivery): StoredMessage | null {
    const message = this.messages.get(delivery.messageId);
    return message?.receiveCount === delivery.receiveCount ? message : null;
  }

  private toDelivery(message: StoredMessage): Delivery {
    return {
      queue: this.name,
      messageId: message.messageId,
      receiveCount: message.receiveCount,
      enqueuedAt: new Date(message.enqueuedAtMs),
      leaseExpiresAt: new Date(message.visibleAtMs),
      body: JSON.parse(message.text),
      headers: message.headers,
    };
  }
}
