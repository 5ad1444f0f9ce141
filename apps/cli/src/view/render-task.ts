import { styleText } from 'node:util';
import type { StepResponse, TaskResponse } from '@tasker/protocol';
import { formatDuration } from './format-duration';

/** How to draw a task. */
export interface RenderOptions {
  /** The present, in milliseconds since 1970, for what is still going on. */
  readonly nowMs: number;
  /** Width of the terminal; longer lines are cut. */
  readonly columns: number;
  readonly useColor: boolean;
}

type Color = 'green' | 'red' | 'yellow' | 'cyan' | 'gray';
type State = StepResponse['current_state'];

const MARKS = {
  pending: ['·', 'gray'],
  enqueued: ['○', 'cyan'],
  in_progress: ['●', 'cyan'],
  enqueued_for_orchestration: ['●', 'cyan'],
  enqueued_as_error_for_orchestration: ['●', 'yellow'],
  waiting_for_retry: ['↻', 'yellow'],
  complete: ['✔', 'green'],
  error: ['✘', 'red'],
  cancelled: ['–', 'gray'],
  resolved_manually: ['✔', 'yellow'],
} as const satisfies Record<State, readonly [string, Color]>;

/** What people call the states that only matter to the engine. */
const LABELS: Partial<Record<State, string>> = {
  enqueued_for_orchestration: 'reported',
  enqueued_as_error_for_orchestration: 'reported as error',
  waiting_for_retry: 'waiting for retry',
  in_progress: 'in progress',
  resolved_manually: 'resolved manually',
};

const FAILED: ReadonlySet<State> = new Set(['error', 'waiting_for_retry', 'enqueued_as_error_for_orchestration']);

const LABEL_WIDTH = 'waiting for retry'.length;

/** How long the last attempt took, or has taken until now; null before the first. */
export function attemptDurationMs(step: StepResponse, nowMs: number): number | null {
  if (step.last_attempted_at === null) return null;
  const startedMs = Date.parse(step.last_attempted_at);
  if (step.current_state === 'in_progress') return nowMs - startedMs;
  const failedAt = step.current_state === 'complete' ? null : step.last_failure_at;
  const endedAt = step.completed_at ?? failedAt;
  return endedAt === null ? null : Math.max(0, Date.parse(endedAt) - startedMs);
}

/** Why the step does not go on, or was tried again; null for one that runs or has succeeded. */
export function failureOf(step: StepResponse): string | null {
  if (!FAILED.has(step.current_state)) return null;
  const message = step.error?.message;
  return typeof message === 'string' ? message : null;
}

/** One word or two for a step's state. */
export function labelOf(state: State): string {
  return LABELS[state] ?? state;
}

function describeStep(step: StepResponse, nowMs: number): string {
  const parts: string[] = [];
  const durationMs = attemptDurationMs(step, nowMs);
  if (durationMs !== null) parts.push(formatDuration(durationMs));
  if (step.attempts > 1 || step.current_state === 'waiting_for_retry' || step.current_state === 'error') {
    parts.push(`attempt ${step.attempts} of ${step.max_attempts}`);
  }
  if (step.next_retry_at !== null) parts.push(`next in ${formatDuration(Date.parse(step.next_retry_at) - nowMs)}`);
  const failure = failureOf(step);
  if (failure !== null) parts.push(failure.replaceAll(/\s+/g, ' '));
  return parts.join(', ');
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function paint(text: string, color: Color, useColor: boolean): string {
  // The decision is the caller's, so the stream that styleText would ask about is not looked at.
  return useColor ? styleText(color, text, { validateStream: false }) : text;
}

/** One line for the task: what it is, where it stands, how far it has come and how long it took. */
export function describeTask(task: TaskResponse, nowMs: number): string {
  const endMs = task.completed_at === null ? nowMs : Date.parse(task.completed_at);
  const took = formatDuration(endMs - Date.parse(task.created_at));
  const done = `${task.completed_steps} of ${task.total_steps} steps`;
  return `${task.namespace}/${task.name} ${task.version}  ${task.task_uuid}  ${task.status}, ${done}, ${took}`;
}

/** Draws a task and its steps, one line each. Pure: the same input gives the same lines. */
export function renderTask(task: TaskResponse, { nowMs, columns, useColor }: RenderOptions): readonly string[] {
  const nameWidth = Math.max(0, ...task.steps.map(({ name }) => name.length));
  const steps = task.steps.map((step) => {
    const [mark, color] = MARKS[step.current_state];
    const label = labelOf(step.current_state).padEnd(LABEL_WIDTH);
    const text = cut(`${step.name.padEnd(nameWidth)}  ${label}  ${describeStep(step, nowMs)}`.trimEnd(), columns - 5);
    return `  ${paint(mark, color, useColor)} ${text}`;
  });
  return [cut(describeTask(task, nowMs), columns - 1), ...steps];
}
