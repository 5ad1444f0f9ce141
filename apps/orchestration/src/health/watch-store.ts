import type { OrchestrationStore } from '@tasker/store';
import type { ExecutorName } from './engine-status';

/** A store that knows how many of its calls are under way. */
export interface WatchedStore {
  readonly store: OrchestrationStore;
  /** Calls under way that do this kind of work. */
  running(executor: ExecutorName): number;
}

/** Gives the same store, watched: creating tasks, applying results, enqueuing what is due. */
export function watchStore(store: OrchestrationStore): WatchedStore {
  const counts: Record<ExecutorName, number> = { task_initializer: 0, result_processor: 0, step_enqueuer: 0 };

  async function during<Value>(executor: ExecutorName, work: () => Promise<Value>): Promise<Value> {
    counts[executor] += 1;
    try {
      return await work();
    } finally {
      counts[executor] -= 1;
    }
  }

  return {
    store: {
      ...store,
      createTasks: (tasks, options) => during('task_initializer', () => store.createTasks(tasks, options)),
      advanceResults: (max) => during('result_processor', () => store.advanceResults(max)),
      advanceResultsSingly: (max) => during('result_processor', () => store.advanceResultsSingly(max)),
      recoverDueSteps: (max) => during('step_enqueuer', () => store.recoverDueSteps(max)),
    },
    running: (executor) => counts[executor],
  };
}
