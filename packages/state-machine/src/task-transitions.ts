import { isTerminalTask, TASK_STATES, type TaskState } from './task-state';
import { buildTransitionTable, type Transition, type TransitionRules } from './transition-table';

/** Everything that can happen to a task. */
export const TASK_EVENTS = [
  'start',
  'ready_steps_found',
  'no_steps_found',
  'no_dependencies_ready',
  'steps_enqueued',
  'enqueue_failed',
  'step_completed',
  'all_steps_completed',
  'step_failed',
  'all_steps_successful',
  'only_retries_pending',
  'steps_still_running',
  'permanent_failure',
  'dependencies_ready',
  'retry_ready',
  'give_up',
  'manual_resolution',
  'operator_fixed_step',
  'reset',
  'cancel',
  'resolve_manually',
  'timeout',
] as const;

/** One of the events of a task. */
export type TaskEvent = (typeof TASK_EVENTS)[number];

/** A permitted move of a task. */
export type TaskTransition = Transition<TaskState, TaskEvent>;

const RULES = {
  pending: { start: ['initializing'] },
  initializing: {
    ready_steps_found: ['enqueuing_steps'],
    no_steps_found: ['complete'],
    no_dependencies_ready: ['waiting_for_dependencies'],
  },
  enqueuing_steps: { steps_enqueued: ['steps_in_process'], enqueue_failed: ['error'] },
  steps_in_process: {
    step_completed: ['evaluating_results'],
    all_steps_completed: ['evaluating_results'],
    step_failed: ['waiting_for_retry'],
  },
  evaluating_results: {
    all_steps_successful: ['complete'],
    ready_steps_found: ['enqueuing_steps'],
    no_dependencies_ready: ['waiting_for_dependencies'],
    only_retries_pending: ['waiting_for_retry'],
    steps_still_running: ['steps_in_process'],
    permanent_failure: ['blocked_by_failures'],
  },
  waiting_for_dependencies: { dependencies_ready: ['evaluating_results'] },
  waiting_for_retry: { retry_ready: ['enqueuing_steps'] },
  blocked_by_failures: {
    give_up: ['error'],
    manual_resolution: ['resolved_manually'],
    operator_fixed_step: ['evaluating_results'],
  },
  complete: {},
  error: { reset: ['pending', 'evaluating_results'] },
  cancelled: {},
  resolved_manually: {},
} as const satisfies TransitionRules<TaskState, TaskEvent>;

const EVERYWHERE = {
  cancel: ['cancelled'],
  resolve_manually: ['resolved_manually'],
  timeout: ['error'],
} as const satisfies Partial<Record<TaskEvent, readonly TaskState[]>>;

const TABLE = buildTransitionTable<TaskState, TaskEvent>(
  RULES,
  TASK_STATES.filter((state) => !isTerminalTask(state)),
  EVERYWHERE,
);

/** Where `event` may lead a task in `from`; empty when it is refused. Only `reset` of `error` has two targets. */
export function taskTargets(from: TaskState, event: TaskEvent): readonly TaskState[] {
  return TABLE.targets(from, event);
}

/** True when `event` may lead a task from `from` to `to`. */
export function canTaskMove(from: TaskState, event: TaskEvent, to: TaskState): boolean {
  return taskTargets(from, event).includes(to);
}

/**
 * The one state that `event` leads to from `from`. Null when the event is refused, and also where the caller has to
 * choose among several targets: ask `taskTargets` and `canTaskMove` there.
 */
export function nextTaskState(from: TaskState, event: TaskEvent): TaskState | null {
  const [only, ...others] = taskTargets(from, event);
  return only !== undefined && others.length === 0 ? only : null;
}

/** Every permitted move of a task, once each, in the order of `TASK_STATES`. */
export function listTaskTransitions(): readonly TaskTransition[] {
  return TABLE.transitions;
}
