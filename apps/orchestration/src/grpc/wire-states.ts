import { StepState as StepStateCode, TaskState as TaskStateCode } from '@tasker/protocol/grpc';
import type { StepState, TaskState } from '@tasker/state-machine';

type TaskStateName = `TASK_STATE_${Uppercase<TaskState>}`;
type StepStateName = `STEP_STATE_${Uppercase<StepState>}`;

/** Gives the number of a task's state. */
export function toTaskStateCode(state: TaskState): TaskStateCode {
  return TaskStateCode[`TASK_STATE_${state.toUpperCase()}` as TaskStateName];
}

/** Gives the number of a step's state. */
export function toStepStateCode(state: StepState): StepStateCode {
  return StepStateCode[`STEP_STATE_${state.toUpperCase()}` as StepStateName];
}

/** Gives the name of a task's state; of a number that is none, a text that is no state either. */
export function fromTaskStateCode(code: TaskStateCode): string {
  const name: string | undefined = TaskStateCode[code];
  return name === undefined ? String(code) : name.slice('TASK_STATE_'.length).toLowerCase();
}
