import type { Delivery, Disposition, MessagingProvider, Subscription } from '@tasker/messaging';
import { parseStepId, type StepId } from '@tasker/workflow';

/** What an {@link Inbox} works with. */
export interface InboxOptions {
  readonly provider: Pick<MessagingProvider, 'consume'>;
  readonly queues: readonly string[];
  /** Messages held at once, 1 … 1_000. */
  readonly prefetch: number;
  /** Deliveries after which a message that nobody could use is dead-lettered. */
  readonly maxReceiveCount: number;
  /** Told that a queue has messages to take; once for all that came in one turn of the event loop. */
  onArrival(queue: string): void;
}

/** A message that names a step, in the hands of this process. */
export interface InboxMessage {
  readonly queue: string;
  readonly stepUuid: StepId;
  /** Acknowledges it: what it asked for is durable. */
  settle(): void;
  /** Leaves it to whoever the broker hands it to next. */
  handBack(): void;
}

const HAND_BACK: Disposition = { kind: 'requeue', afterMs: 0 };

function parseStepMessage(body: unknown): StepId {
  const named = (body as { step_uuid?: unknown } | null)?.step_uuid;
  const stepUuid = typeof named === 'string' ? parseStepId(named) : null;
  if (stepUuid === null) throw new Error('the message names no step');
  return stepUuid;
}

/**
 * What a broker has pushed, until somebody has room for it. Messages are acknowledged one by one when they are settled; those of a
 * connection that is lost vanish, since the broker hands them out again. What names no step is dead-lettered.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #waiting = new Map<string, Set<InboxMessage>>();
  readonly #arrived = new Set<string>();
  #subscription: Subscription | null = null;
  #isStopped = false;

  constructor(options: InboxOptions) {
    this.#options = options;
    for (const queue of options.queues) this.#waiting.set(queue, new Set());
  }

  /** Begins to consume. */
  start(): void {
    const { provider, queues, prefetch, maxReceiveCount } = this.#options;
    const handle = (delivery: Delivery, { signal }: { signal: AbortSignal }) => this.#receive(delivery, signal);
    this.#subscription = provider.consume(queues, handle, {
      concurrency: prefetch,
      prefetch,
      maxReceiveCount,
      parse: parseStepMessage,
    });
  }

  /** Hands back what nobody took, and waits until what was taken is settled. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const entries of this.#waiting.values()) for (const entry of entries) entry.handBack();
    await this.#subscription?.stop();
  }

  /** Takes up to `max` messages of a queue, the oldest first. Each has to be settled or given back. */
  take(queue: string, max: number): readonly InboxMessage[] {
    const entries = this.#waiting.get(queue) ?? new Set();
    const taken: InboxMessage[] = [];
    for (const entry of entries) {
      if (taken.length >= max) break;
      taken.push(entry);
      entries.delete(entry);
    }
    return taken;
  }

  /** Puts messages back in front of the others, for another try. */
  giveBack(messages: readonly InboxMessage[]): void {
    for (const queue of new Set(messages.map((message) => message.queue))) {
      const own = messages.filter((message) => message.queue === queue);
      this.#waiting.set(queue, new Set([...own, ...(this.#waiting.get(queue) ?? [])]));
    }
    if (this.#isStopped) for (const message of messages) message.handBack();
  }

  #receive({ queue, body }: Delivery, signal: AbortSignal): Promise<Disposition | undefined> {
    if (this.#isStopped) return Promise.resolve(HAND_BACK);
    return new Promise((resolve) => {
      const leave = (disposition?: Disposition) => {
        this.#waiting.get(queue)?.delete(entry);
        resolve(disposition);
      };
      const entry: InboxMessage = {
        queue,
        stepUuid: body as StepId,
        settle: () => leave(),
        handBack: () => leave(HAND_BACK),
      };
      signal.addEventListener('abort', () => leave(HAND_BACK), { once: true });
      this.#waiting.get(queue)?.add(entry);
      this.#announce(queue);
    });
  }

  #announce(queue: string): void {
    if (this.#arrived.has(queue)) return;
    this.#arrived.add(queue);
    setImmediate(() => {
      this.#arrived.delete(queue);
      this.#options.onArrival(queue);
    });
  }
}
