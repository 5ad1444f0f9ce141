import type { Clock } from '@tasker/lifecycle';
import type { TaskId } from '@tasker/workflow';
import type { Database } from './database';
import { createLatch, type Latch } from './latch';
import { createTaskWatches } from './task-watches';

/** Tells when a task or one of its steps has changed, to those who follow it. */
export interface TaskChanges {
  /**
   * Yields once as soon as changes are seen from then on, and then after each change of the task or its steps; several
   * changes may be one yield. Ends when the signal aborts.
   */
  watch(taskUuid: TaskId, signal: AbortSignal): AsyncIterable<void>;
}

/** NOTIFY channel on which the database tells of changes of watched tasks; the payload is the task's id. */
export const TASK_CHANGED_CHANNEL = 'tasker_task_changed';

/** {@link TaskChanges} of a process, with what its listener feeds. Disposing of it ends every watch. */
export interface TaskChangeFeed extends TaskChanges, AsyncDisposable {
  /** What the listener of {@link TASK_CHANGED_CHANNEL} is told. */
  receive(payload: string): void;
  /** Notifications may have been missed: every watcher looks. */
  missed(): void;
}

/** What {@link createTaskChanges} works with. */
export interface TaskChangesDeps {
  readonly database: Database;
  /** Names this process among the watchers of tasks; no other may use it at the same time. */
  readonly watcherId: string;
  /** Told when watches could not be noted, renewed or removed; what matters is tried again. */
  readonly onError: (error: unknown) => void;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/**
 * Gives the changes of tasks. The database tells of a task only while somebody watches it: each watch is a row that is renewed
 * every 20 seconds and expires after 60; all watchers of a task in this process share one.
 */
export function createTaskChanges(deps: TaskChangesDeps): TaskChangeFeed {
  const latches = new Map<TaskId, Set<Latch>>();
  const closed = new AbortController();

  function wake(taskUuid: TaskId): void {
    for (const latch of latches.get(taskUuid) ?? []) latch.set();
  }

  const watches = createTaskWatches({ ...deps, onWatched: wake });

  function leave(taskUuid: TaskId, latch: Latch): void {
    const others = latches.get(taskUuid);
    others?.delete(latch);
    if (others?.size !== 0) return;
    latches.delete(taskUuid);
    watches.remove(taskUuid);
  }

  async function* watch(taskUuid: TaskId, signal: AbortSignal): AsyncGenerator<void> {
    const end = AbortSignal.any([signal, closed.signal]);
    if (end.aborted) return;
    const latch = createLatch();
    latches.set(taskUuid, (latches.get(taskUuid) ?? new Set()).add(latch));
    end.addEventListener('abort', latch.set);
    try {
      if (await watches.add(taskUuid)) latch.set();
      for (;;) {
        await latch.take();
        if (end.aborted) return;
        yield;
      }
    } finally {
      end.removeEventListener('abort', latch.set);
      leave(taskUuid, latch);
    }
  }

  return {
    watch,
    receive: (payload) => wake(payload as TaskId),
    missed: () => watches.refresh(),
    async [Symbol.asyncDispose]() {
      closed.abort();
      await watches[Symbol.asyncDispose]();
    },
  };
}
