import type { TaskResponse } from '@tasker/protocol';
import { formatDuration } from '../view/format-duration';
import { failureOf } from '../view/render-task';
import { renderTimings } from '../view/render-timings';
import type { FollowedTask } from './follow-demo';

function resultField(task: TaskResponse, stepName: string, field: string): string | null {
  const result = task.steps.find((step) => step.name === stepName)?.results;
  const value = typeof result === 'object' && result !== null ? (result as Record<string, unknown>)[field] : null;
  return typeof value === 'string' ? value : null;
}

function describeOutcome(task: TaskResponse): readonly string[] {
  const failed = task.steps.find((step) => step.current_state === 'error');
  if (failed !== undefined) {
    return [
      `${failed.name} failed for good: ${failureOf(failed)}.`,
      'The task is blocked_by_failures: it keeps what was done and waits for an operator, who can run the step again',
      '(reset_for_retry), give its result by hand, or cancel the task. Nothing after the failed step was started.',
    ];
  }
  const text = resultField(task, 'send_confirmation', 'text') ?? resultField(task, 'report', 'markdown') ?? 'done';
  return text.trimEnd().split('\n');
}

function durationOf({ created_at: from, completed_at: to, updated_at: last }: TaskResponse): string {
  return formatDuration(Date.parse(to ?? last) - Date.parse(from));
}

/** Tells what became of the tasks, and where the time went. */
export function reportDemo(followed: readonly FollowedTask[]): readonly string[] {
  const outcomes = followed.flatMap(({ title, task }) => [
    `${title}: ${task.status} after ${durationOf(task)}`,
    ...describeOutcome(task).map((line) => `  ${line}`.trimEnd()),
    '',
  ]);
  const tasks = followed.map(({ task }) => task);
  return ['Results', '', ...outcomes, 'Time of each step (last attempt)', '', ...renderTimings(tasks, Date.now())];
}

/** Says what did not end as it had to; empty when all did. */
export function findSurprises(followed: readonly FollowedTask[]): readonly string[] {
  return followed
    .filter(({ task, expected }) => task.status !== expected)
    .map(({ title, task, expected }) => `${title}: is ${task.status}, should be ${expected}`);
}
