import { type Clock, systemClock } from '@tasker/lifecycle';
import type { ExecutorName } from '../engine/executor-pools';

/** How much work waits for each kind of executor, as last counted. */
export interface WorkDepths {
  /** From memory; 0 before the first count. */
  of(executor: ExecutorName): number;
  /** Counts, unless that was done or tried less than the least interval ago. Rejects as the counting does. */
  refresh(): Promise<void>;
}

/** What {@link createWorkDepths} works with. */
export interface WorkDepthsDeps {
  readonly count: Readonly<Record<ExecutorName, () => Promise<number>>>;
  /** Counting reads whole queues: not more often than this, in milliseconds. @default 15_000 */
  readonly minIntervalMs?: number;
  /** @default the clock of the machine */
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

/** Gives depths that are counted on demand and remembered. A count that fails leaves the last one. */
export function createWorkDepths({ count, minIntervalMs = 15_000, clock = systemClock }: WorkDepthsDeps): WorkDepths {
  const depths: Record<ExecutorName, number> = { task_initializer: 0, result_processor: 0, step_enqueuer: 0 };
  let countedAtMs = Number.NEGATIVE_INFINITY;
  return {
    of: (executor) => depths[executor],

    async refresh() {
      if (clock.monotonicMs() - countedAtMs < minIntervalMs) return;
      countedAtMs = clock.monotonicMs();
      for (const executor of Object.keys(depths) as ExecutorName[]) depths[executor] = await count[executor]();
    },
  };
}
