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
  /** Asks by hand, `batchSize` at a time in each of {@link LANES}, and acks, for `forMs` milliseconds; gives how many. */
  receive(queue: string, forMs: number, batchSize: number): Promise<number>;
}

/** A provider, what its driver does bare, and two providers between which messages travel. */
export interface Backend {
  readonly library: Contender;
  readonly bare: Contender | null;
  readonly sender: MessagingProvider;
  readonly receiver: MessagingProvider;
}

/** What goes on at the same time: batches on their way, handlers. */
export const LANES = 4;

/** Most batches on their way at once, and connections of the bare driver. */
export const SENDERS = 16;

/** Has every lane take again and again until `until` says so or nothing is left; gives how many were taken. */
export async function takeInLanes(
  until: (takenCount: number) => boolean,
  take: () => Promise<number>,
): Promise<number> {
  let takenCount = 0;
  const lane = async () => {
    while (!until(takenCount)) {
      const count = await take();
      if (count === 0) return;
      takenCount += count;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return takenCount;
}

/** Gives the end for {@link takeInLanes}: when this many milliseconds are over. */
export function afterMs(forMs: number): () => boolean {
  const endsAtMs = performance.now() + forMs;
  return () => performance.now() >= endsAtMs;
}
