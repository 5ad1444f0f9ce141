import { type TaskStatusUpdate, TaskStatusUpdate_UpdateType as UpdateType } from '@tasker/protocol/grpc';
import type { TaskState } from '@tasker/state-machine';
import type { TaskChange, TaskRow } from '@tasker/store';
import { type FollowDeps, followTask } from '../api/follow-task';
import { toStepStateCode, toTaskStateCode } from './wire-states';

function typeOf(state: TaskState): UpdateType {
  if (state === 'complete') return UpdateType.UPDATE_TYPE_TASK_COMPLETE;
  return state === 'error' ? UpdateType.UPDATE_TYPE_TASK_ERROR : UpdateType.UPDATE_TYPE_TASK_STATE_CHANGE;
}

function toUpdate(change: TaskChange): TaskStatusUpdate {
  if (change.kind === 'task') {
    const { to_state, at, reason } = change;
    const error_message = to_state === 'error' ? (reason ?? undefined) : undefined;
    return { update_type: typeOf(to_state), timestamp: at, task_state: toTaskStateCode(to_state), error_message };
  }
  const { step_uuid, name, to_state, attempt, at, error } = change;
  return {
    update_type: UpdateType.UPDATE_TYPE_STEP_STATE_CHANGE,
    timestamp: at,
    step_update: { step_uuid, name, state: toStepStateCode(to_state), attempt },
    error_message: typeof error?.message === 'string' ? error.message : undefined,
  };
}

/** Keeps the last change of the task and of each step. */
function latestOfEach(changes: readonly TaskChange[]): readonly TaskChange[] {
  const latest = new Map<string, TaskChange>();
  for (const change of changes) {
    const key = change.kind === 'task' ? change.kind : change.step_uuid;
    latest.delete(key);
    latest.set(key, change);
  }
  return [...latest.values()];
}

/** Gives the state of a task, and of its steps if asked for, and then each change; ends after the task has ended. */
export async function* streamTaskStatus(
  deps: FollowDeps,
  task: Pick<TaskRow, 'task_uuid' | 'state'>,
  { includeSteps, signal }: { readonly includeSteps: boolean; readonly signal: AbortSignal },
): AsyncGenerator<TaskStatusUpdate> {
  let isFirst = true;
  for await (const changes of followTask(deps, task, { signal })) {
    const wanted = changes.filter(({ kind }) => includeSteps || kind === 'task');
    // What lies in the past is told by where it led.
    for (const change of isFirst ? latestOfEach(wanted) : wanted) yield toUpdate(change);
    isFirst = false;
  }
}
