export {
  isActiveStep,
  isStepState,
  isTerminalStep,
  STEP_STATES,
  type StepState,
  satisfiesDependants,
} from './step-state';
export {
  canStepMove,
  listStepTransitions,
  nextStepState,
  STEP_EVENTS,
  type StepEvent,
  type StepTransition,
  stepTargets,
} from './step-transitions';
export { isActiveTask, isTaskState, isTerminalTask, TASK_STATES, type TaskState } from './task-state';
export {
  canTaskMove,
  listTaskTransitions,
  nextTaskState,
  TASK_EVENTS,
  type TaskEvent,
  type TaskTransition,
  taskTargets,
} from './task-transitions';
export type { Transition } from './transition-table';
