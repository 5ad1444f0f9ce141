import type { StepEvent, StepState, TaskEvent, TaskState } from '@tasker/state-machine';
import type { JsonObject } from '@tasker/workflow';

interface LoggedEvent {
  readonly task_uuid: string;
  /** Place in the log of its kind; later changes of one task or one step have higher ones. */
  readonly sequence: number;
  readonly at: string;
  /** Who did it: a worker, an orchestrator or a person. */
  readonly actor: string;
  readonly reason: string | null;
}

/** A task's change of state: the data of the event `task` of `GET /v1/tasks/{uuid}/events`. */
export interface TaskStateEvent extends LoggedEvent {
  readonly event: TaskEvent;
  readonly from_state: TaskState;
  readonly to_state: TaskState;
}

/** A step's change of state: the data of the event `step`. */
export interface StepStateEvent extends LoggedEvent {
  readonly step_uuid: string;
  readonly name: string;
  readonly attempt: number;
  readonly event: StepEvent;
  readonly from_state: StepState;
  readonly to_state: StepState;
  /** What the worker told of a failure. */
  readonly error: JsonObject | null;
}
