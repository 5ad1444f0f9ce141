import { delay } from '@tasker/lifecycle';
import type { TaskResponse } from '@tasker/protocol';
import { isTerminalTask } from '@tasker/state-machine';
import type { Client } from './client';

/** How to watch a task. */
export interface WatchOptions {
  readonly client: Pick<Client, 'getTask'>;
  readonly taskUuid: string;
  /** Called with every look at the task, the last one included. */
  readonly onLook: (task: TaskResponse) => void;
  /** Time between two looks. @default 150 milliseconds */
  readonly intervalMs?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** Whether nothing more happens to the task by itself. */
export function isSettled(task: TaskResponse): boolean {
  return isTerminalTask(task.status) || task.status === 'blocked_by_failures';
}

/** Looks at a task until it is over or waits for an operator, and gives its last state. @throws the signal's reason */
export async function watchTask(options: WatchOptions): Promise<TaskResponse> {
  const { client, taskUuid, onLook, intervalMs = 150, signal } = options;
  for (;;) {
    const task = await client.getTask(taskUuid);
    signal?.throwIfAborted();
    onLook(task);
    if (isSettled(task)) return task;
    await delay(intervalMs, signal === undefined ? {} : { signal });
  }
}
