import type { ExecutorPool } from './executor-pool';

/** What {@link createWaves} works with. */
export interface WavesOptions {
  readonly pool: ExecutorPool;
  /** Takes up to `batchSize` pieces of work off a queue and does them; gives how many there were. */
  readonly pull: () => Promise<number>;
  readonly batchSize: number;
  /** After this many the wave that comes next waits for another occasion; Infinity: never. */
  readonly maxPerPoll: number;
}

/** What a wave found. */
export interface Wave {
  readonly taken: number;
  /** More waits, and may be taken at once. */
  readonly again: boolean;
}

/**
 * Gives a function that empties a queue in waves: one pull while little waits, and as many at once as the pool has executors while
 * batches come back full. A wave ends when all its pulls have; it rejects as the first of them did.
 */
export function createWaves({ pool, pull, batchSize, maxPerPoll }: WavesOptions): () => Promise<Wave> {
  let isBacklogged = false;
  let takenInPoll = 0;

  return async () => {
    const lanes = isBacklogged ? pool.limit : 1;
    const pulls = await Promise.allSettled(Array.from({ length: lanes }, () => pool.run(pull)));
    const counts = pulls.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const taken = counts.reduce((sum, count) => sum + count, 0);
    takenInPoll += taken;
    // A batch that is not full found the end of the queue; behind full ones there is probably as much again.
    const expected = counts.every((count) => count >= batchSize) ? taken : 0;
    pool.noteDepth(expected);
    isBacklogged = expected > 0 && takenInPoll < maxPerPoll;
    if (!isBacklogged) takenInPoll = 0;
    return { taken, again: isBacklogged };
  };
}
