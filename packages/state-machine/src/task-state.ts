/** The 12 states of a task, spelled as the database and the APIs spell them. */
export const TASK_STATES = [
  'pending',
  'initializing',
  'enqueuing_steps',
  'steps_in_process',
  'evaluating_results',
  'waiting_for_dependencies',
  'waiting_for_retry',
  'blocked_by_failures',
  'complete',
  'error',
  'cancelled',
  'resolved_manually',
] as const;

/** One of the 12 states of a task. */
export type TaskState = (typeof TASK_STATES)[number];

const TERMINAL: ReadonlySet<TaskState> = new Set(['complete', 'error', 'cancelled', 'resolved_manually']);

const ACTIVE: ReadonlySet<TaskState> = new Set([
  'initializing',
  'enqueuing_steps',
  'steps_in_process',
  'evaluating_results',
]);

/** True for text that spells a task state. */
export function isTaskState(text: string): text is TaskState {
  return (TASK_STATES as readonly string[]).includes(text);
}

/** True when the task is over. Only an operator's audited `reset` leads out, and only of `error`. */
export function isTerminalTask(state: TaskState): boolean {
  return TERMINAL.has(state);
}

/** True while the orchestration works on the task or its steps are running; waiting and blocked tasks are not active. */
export function isActiveTask(state: TaskState): boolean {
  return ACTIVE.has(state);
}
