/** The 10 states of a step, spelled as the database and the APIs spell them. */
export const STEP_STATES = [
  'pending',
  'enqueued',
  'in_progress',
  'enqueued_for_orchestration',
  'enqueued_as_error_for_orchestration',
  'waiting_for_retry',
  'complete',
  'error',
  'cancelled',
  'resolved_manually',
] as const;

/** One of the 10 states of a step. */
export type StepState = (typeof STEP_STATES)[number];

const TERMINAL: ReadonlySet<StepState> = new Set(['complete', 'cancelled', 'resolved_manually']);

const ACTIVE: ReadonlySet<StepState> = new Set([
  'enqueued',
  'in_progress',
  'enqueued_for_orchestration',
  'enqueued_as_error_for_orchestration',
]);

/** True for text that spells a step state. */
export function isStepState(text: string): text is StepState {
  return (STEP_STATES as readonly string[]).includes(text);
}

/** True when nothing can move the step any more. `error` is not terminal: an operator may reset or settle it. */
export function isTerminalStep(state: StepState): boolean {
  return TERMINAL.has(state);
}

/** True while a message, a worker or a result waiting for orchestration carries the step on. */
export function isActiveStep(state: StepState): boolean {
  return ACTIVE.has(state);
}

/** True when steps that depend on this one may start: `complete` and `resolved_manually`. */
export function satisfiesDependants(state: StepState): boolean {
  return state === 'complete' || state === 'resolved_manually';
}
