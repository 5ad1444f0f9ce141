import { delay } from '@tasker/lifecycle';
import { type Delivery, type MessagingProvider, QueueNotFoundError } from '@tasker/messaging';

/** What {@link drainQueue} works with. */
export interface DrainOptions {
  readonly from: Pick<MessagingProvider, 'receive' | 'ack' | 'stats'>;
  readonly to: Pick<MessagingProvider, 'ensureQueues' | 'sendBatch'>;
  readonly queue: string;
  /** How long to wait for messages that somebody holds, or that are delayed, in milliseconds. */
  readonly patienceMs: number;
  /** Told of each batch that has been moved. */
  onMoved?(count: number): void;
  readonly signal?: AbortSignal;
}

/** What became of a queue. */
export interface DrainReport {
  readonly queue: string;
  readonly moved: number;
  /** Messages that are still there, held or delayed. */
  readonly left: number;
}

const BATCH_SIZE = 100;
/** Longer than sending a batch takes. */
const LEASE_MS = 60_000;
const LOOK_AGAIN_MS = 200;

function groupByHeaders(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const key = JSON.stringify(delivery.headers);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [delivery]);
    else group.push(delivery);
  }
  return [...groups.values()];
}

/**
 * Moves what is in a queue of one backend to the queue of the same name in another. A message is acknowledged where it was when it
 * is durable where it shall be, so one may be in both for a moment, and none in neither. A queue that is not there is empty.
 */
export async function drainQueue(options: DrainOptions): Promise<DrainReport> {
  const { from, to, queue, patienceMs, onMoved, signal } = options;
  let moved = 0;
  let lastMoveMs = performance.now();

  async function moveBatch(): Promise<number> {
    const deliveries = await from.receive(queue, { max: BATCH_SIZE, visibilityTimeoutMs: LEASE_MS });
    if (deliveries.length > 0) await to.ensureQueues([queue]);
    for (const group of groupByHeaders(deliveries)) {
      const headers = group[0]?.headers ?? {};
      await to.sendBatch(
        queue,
        group.map(({ body }) => body),
        { headers },
      );
      await from.ack(group);
    }
    return deliveries.length;
  }

  try {
    for (;;) {
      signal?.throwIfAborted();
      const count = await moveBatch();
      if (count > 0) {
        moved += count;
        lastMoveMs = performance.now();
        onMoved?.(count);
        continue;
      }
      const { visibleCount, invisibleCount } = await from.stats(queue);
      const left = visibleCount + invisibleCount;
      if (left === 0 || performance.now() - lastMoveMs >= patienceMs) return { queue, moved, left };
      await delay(LOOK_AGAIN_MS, signal === undefined ? {} : { signal });
    }
  } catch (error) {
    if (error instanceof QueueNotFoundError) return { queue, moved, left: 0 };
    throw error;
  }
}
