import type { StepResponse, TaskResponse } from '@tasker/protocol';
import { formatDuration } from './format-duration';
import { attemptDurationMs, failureOf, labelOf } from './render-task';

/** Describes what happened between two looks at a task, one line per step that changed; for logs and pipes. */
export function renderChanges(before: TaskResponse | null, after: TaskResponse, nowMs: number): readonly string[] {
  const known = new Map(before?.steps.map((step) => [step.step_uuid, step]));
  const lines = after.steps
    .filter((step) => hasChanged(known.get(step.step_uuid), step))
    .map((step) => describeChange(step, nowMs));
  return before?.status === after.status ? lines : [...lines, `task ${after.task_uuid}: ${after.status}`];
}

/** States between two stations, which last for milliseconds and tell a reader nothing. */
const PASSING: ReadonlySet<StepResponse['current_state']> = new Set([
  'enqueued',
  'enqueued_for_orchestration',
  'enqueued_as_error_for_orchestration',
]);

function hasChanged(before: StepResponse | undefined, after: StepResponse): boolean {
  if (PASSING.has(after.current_state)) return false;
  if (before === undefined) return after.current_state !== 'pending';
  return before.current_state !== after.current_state || before.attempts !== after.attempts;
}

function describeChange(step: StepResponse, nowMs: number): string {
  const durationMs = step.current_state === 'in_progress' ? null : attemptDurationMs(step, nowMs);
  const failure = failureOf(step);
  const details = [
    durationMs === null ? null : formatDuration(durationMs),
    step.attempts > 1 || failure !== null ? `attempt ${step.attempts} of ${step.max_attempts}` : null,
    failure,
  ];
  const suffix = details.filter((detail) => detail !== null).join(', ');
  return `${step.name}: ${labelOf(step.current_state)}${suffix === '' ? '' : ` (${suffix})`}`;
}
