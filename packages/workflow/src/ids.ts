declare const brand: unique symbol;

/** UUID (version 7) of a task, lower case with hyphens. */
export type TaskId = string & { readonly [brand]: 'TaskId' };

/** UUID of a step, lower case with hyphens; unique over all tasks. */
export type StepId = string & { readonly [brand]: 'StepId' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Gives the task id that `text` spells, or null when it is no UUID. Upper case is accepted. */
export function parseTaskId(text: string): TaskId | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as TaskId) : null;
}

/** Gives the step id that `text` spells, or null when it is no UUID. Upper case is accepted. */
export function parseStepId(text: string): StepId | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as StepId) : null;
}
