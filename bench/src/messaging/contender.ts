import type { MessagingProvider } from '@tasker/messaging';

/** One way to move messages that is measured: a provider, or the bare driver beside it. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  createQueue(queue: string): Promise<unknown>;
  deleteQueue(queue: string): Promise<unknown>;
  /** Resolves when the message is durable. */
  send(queue: string, message: object): Promise<unknown>;
  /** Resolves when all of them are. */
  sendBatch(queue: string, messages: readonly object[]): Promise<unknown>;
  /** Has `count` messages handed to a handler, at most `batchSize` at once to each of {@link LANES}, and acks them. */
  consume(queue: string, count: number, batchSize: number): Promise<void>;
  /** Asks for `count` messages by hand, `batchSize` at a time in each of {@link LANES}, and acks them. */
  receive(queue: string, count: number, batchSize: number): Promise<void>;
}

/** A provider, what its driver does bare, and two providers between which messages travel. */
export interface Backend {
  readonly library: Contender;
  readonly bare: Contender | null;
  readonly sender: MessagingProvider;
  readonly receiver: MessagingProvider;
}

/** What goes on at the same time: batches on their way, handlers, connections of the bare driver. */
export const LANES = 4;

/** Runs `work` in {@link LANES} lanes at once, each until it gives false. */
export async function inLanes(work: () => Promise<boolean>): Promise<void> {
  const lane = async () => {
    while (await work());
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Gives work for {@link inLanes}: takes up to `batchSize` at a time, until `count` were taken or nothing is left. */
export function takeUntil(count: number, take: () => Promise<number>): () => Promise<boolean> {
  let left = count;
  return async () => {
    if (left <= 0) return false;
    const taken = await take();
    left -= taken;
    return taken > 0;
  };
}
