/** How a pool of executors is sized; the keys are those of `[executor_pools.<name>]`. */
export interface ExecutorPoolSettings {
  /** Executors that are always there, at least 1. */
  readonly min_executors: number;
  /** Executors at the most. */
  readonly max_executors: number;
  /** Waiting work above which an executor is added; at the most of them the pool is overloaded. */
  readonly queue_high_watermark: number;
  /** Waiting work below which an executor ends, and none in any case; an overloaded pool is so until then. */
  readonly queue_low_watermark: number;
}

/**
 * A bounded number of pieces of work at once. The bound grows by one when more work waits than the high watermark, and shrinks by
 * one when less waits than the low one; between the two it stays, so that it does not swing.
 */
export interface ExecutorPool {
  /** Pieces of work under way. */
  readonly active: number;
  /** How many may be under way now, from `min_executors` up to `max_executors`. */
  readonly limit: number;
  readonly max: number;
  /** Work that waits, as last noted. */
  readonly queueDepth: number;
  /** All executors work and more waits than the high watermark; until less waits than the low one. */
  readonly isOverloaded: boolean;
  /** Says how much work waits outside of the pool, and adapts its size. */
  noteDepth(depth: number): void;
  /** Does the work when an executor is free, first come, first served. Settles as the work does. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Gives a pool at its least size. */
export function createExecutorPool(settings: ExecutorPoolSettings): ExecutorPool {
  const { min_executors: min, max_executors: max, queue_high_watermark: high, queue_low_watermark: low } = settings;
  const waiting: (() => void)[] = [];
  let active = 0;
  let limit = min;
  let depth = 0;
  let isOverloaded = false;

  function startWaiting(): void {
    while (active < limit) {
      const start = waiting.shift();
      if (start === undefined) return;
      active += 1;
      start();
    }
  }

  return {
    max,
    get active() {
      return active;
    },
    get limit() {
      return limit;
    },
    get queueDepth() {
      return depth;
    },
    get isOverloaded() {
      return isOverloaded;
    },

    noteDepth(now) {
      depth = now;
      if (now > high) {
        isOverloaded ||= limit === max;
        limit = Math.min(max, limit + 1);
        startWaiting();
      } else if (now < low || now === 0) {
        isOverloaded = false;
        limit = Math.max(min, limit - 1);
      }
    },

    async run(work) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        startWaiting();
      });
      try {
        return await work();
      } finally {
        active -= 1;
        startWaiting();
      }
    },
  };
}
