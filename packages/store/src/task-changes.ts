import type { TaskId } from '@tasker/workflow';

/** Tells when a task or one of its steps has changed, to those who follow it. */
export interface TaskChanges {
  /**
   * Yields once as soon as changes are seen from then on, and then after each change of the task or its steps; several
   * changes may be one yield. Ends when the signal aborts.
   */
  watch(taskUuid: TaskId, signal: AbortSignal): AsyncIterable<void>;
}
