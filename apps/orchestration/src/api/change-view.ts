import type { StepStateEvent, TaskStateEvent } from '@tasker/protocol';
import type { TaskChange } from '@tasker/store';
import type { TaskId } from '@tasker/workflow';

/** A change as those who follow a task see it. */
export type TaskEventView =
  | { readonly name: 'task'; readonly data: TaskStateEvent }
  | { readonly name: 'step'; readonly data: StepStateEvent };

/** Shows a change. */
export function toTaskEvent(taskUuid: TaskId, change: TaskChange): TaskEventView {
  const shared = {
    task_uuid: taskUuid,
    sequence: Number(change.transition_id),
    at: change.at.toISOString(),
    actor: change.actor,
    reason: change.reason,
  };
  if (change.kind === 'task') {
    const { event, from_state, to_state } = change;
    return { name: 'task', data: { ...shared, event, from_state, to_state } };
  }
  const { step_uuid, name, attempt, event, from_state, to_state, error } = change;
  return { name: 'step', data: { ...shared, step_uuid, name, attempt, event, from_state, to_state, error } };
}
