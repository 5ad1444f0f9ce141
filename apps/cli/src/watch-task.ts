import { delay } from '@tasker/lifecycle';
import type { TaskResponse } from '@tasker/protocol';
import { isTerminalTask } from '@tasker/state-machine';
import type { Client } from './client';

/** How to watch a task. */
export interface WatchOptions {
  readonly client: Pick<Client, 'getTask' | 'openEvents'>;
  readonly taskUuid: string;
  /** Called with every look at the task, the last one included. */
  readonly onLook: (task: TaskResponse) => void;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** For servers that do not tell of changes. */
const POLL_INTERVAL_MS = 150;
/** Before events are asked for again after their answer has ended. */
const REOPEN_AFTER_MS = 1_000;

/** Whether nothing more happens to the task by itself. */
export function isSettled(task: TaskResponse): boolean {
  return isTerminalTask(task.status) || task.status === 'blocked_by_failures';
}

/**
 * Looks at a task whenever the server tells of a change, until it is over or waits for an operator, and gives its last state. A
 * server without events is asked again and again.
 * @throws the signal's reason
 */
export async function watchTask({ client, taskUuid, onLook, signal }: WatchOptions): Promise<TaskResponse> {
  const isOver = new AbortController();
  const either = signal === undefined ? isOver.signal : AbortSignal.any([isOver.signal, signal]);
  let task = await look();
  let lastEventId: string | null = null;

  async function look(): Promise<TaskResponse> {
    const found = await client.getTask(taskUuid);
    either.throwIfAborted();
    onLook(found);
    return found;
  }

  try {
    while (!isSettled(task)) {
      const events = await client.openEvents(taskUuid, { lastEventId, signal: either });
      while (!isSettled(task) && (await events?.next())) task = await look();
      lastEventId = events?.lastEventId ?? lastEventId;
      if (isSettled(task)) break;
      await delay(events === null ? POLL_INTERVAL_MS : REOPEN_AFTER_MS, { signal: either });
      task = await look();
    }
    return task;
  } finally {
    isOver.abort(new Error('the task is not watched any more'));
  }
}
