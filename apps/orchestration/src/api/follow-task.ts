import { isTerminalTask } from '@tasker/state-machine';
import type { ChangeCursor, TaskChange, TaskChangeLog, TaskChanges, TaskRow } from '@tasker/store';
import { createChangeWindow } from './change-window';

/** What following a task works with. */
export interface FollowDeps {
  readonly log: TaskChangeLog;
  readonly changes: TaskChanges;
}

/** The end of a task is logged before those of its steps that end with it, and has to come last. */
function putEndLast(changes: readonly TaskChange[]): {
  readonly changes: readonly TaskChange[];
  readonly isOver: boolean | null;
} {
  const last = changes.findLast((change) => change.kind === 'task');
  if (last?.kind !== 'task') return { changes, isOver: null };
  if (!isTerminalTask(last.to_state)) return { changes, isOver: false };
  return { changes: [...changes.filter((change) => change !== last), last], isOver: true };
}

/**
 * Gives the changes of a task and of its steps as they happen, beginning with those after `after` that lie in the past.
 * Each batch is what was read together, oldest first; each change comes once. Ends after the task has ended, or when the
 * signal aborts.
 */
export async function* followTask(
  { log, changes }: FollowDeps,
  task: Pick<TaskRow, 'task_uuid' | 'state'>,
  { after, signal }: { readonly after?: ChangeCursor; readonly signal: AbortSignal },
): AsyncGenerator<readonly TaskChange[]> {
  const window = createChangeWindow(after);
  let isOver = isTerminalTask(task.state);
  // Watching begins before the first reading, so nothing falls between the two.
  for await (const _ of changes.watch(task.task_uuid, signal)) {
    const batch = putEndLast(window.accept(await log.listChanges(task.task_uuid, window.from)));
    if (batch.changes.length > 0) yield batch.changes;
    isOver = batch.isOver ?? isOver;
    if (isOver) return;
  }
}
