import type { Settings } from '@tasker/settings';
import { createExecutorPool, type ExecutorPool } from './executor-pool';

/** The kinds of work that executors do. */
export type ExecutorName = keyof Settings['executor_pools'];

/** Orchestration's pools of executors. */
export type ExecutorPools = Readonly<Record<ExecutorName, ExecutorPool>>;

/** Gives the pools, each at its least size. */
export function createExecutorPools(settings: Settings['executor_pools']): ExecutorPools {
  return {
    task_initializer: createExecutorPool(settings.task_initializer),
    result_processor: createExecutorPool(settings.result_processor),
    step_enqueuer: createExecutorPool(settings.step_enqueuer),
  };
}
