import type {
  StepSummary,
  TaskContextResponse,
  TaskResponse,
  TaskSummaryResponse,
  TemplateStepSummary,
} from '@tasker/protocol';
import type { StepRow, TaskRow } from '@tasker/store';
import type { JsonObject, TaskTemplate } from '@tasker/workflow';
import { toStepResponse, toTaskSummary } from './task-view';

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function toStepError(error: JsonObject | null): StepSummary['error'] {
  if (error === null) return null;
  return { error_type: textOrNull(error.error_type), retryable: error.retryable === true, status_code: null };
}

function toStepSummary(row: StepRow): StepSummary {
  const step = toStepResponse(row);
  return {
    step_uuid: step.step_uuid,
    name: step.name,
    current_state: step.current_state,
    created_at: step.created_at,
    completed_at: step.completed_at,
    last_attempted_at: step.last_attempted_at,
    attempts: step.attempts,
    max_attempts: step.max_attempts,
    dependencies_satisfied: step.dependencies_satisfied,
    retry_eligible: step.retry_eligible,
    error: toStepError(row.error),
  };
}

function toTemplateSteps(template: TaskTemplate, defaultMaxAttempts: number): TemplateStepSummary[] {
  return template.steps.map(({ name, type, handler, dependencies, retry }) => ({
    name,
    step_type: type,
    handler: handler.callable,
    dependencies,
    retryable: retry.retryable,
    max_attempts: retry.maxAttempts ?? defaultMaxAttempts,
  }));
}

/** Shows a task with its template and its steps in one answer. */
export function toTaskSummaryResponse(
  row: TaskRow,
  steps: readonly StepRow[],
  template: TaskTemplate | null,
  defaultMaxAttempts: number,
): TaskSummaryResponse {
  const {
    context: _context,
    priority: _priority,
    tags: _tags,
    parent_correlation_id: _id,
    ...task
  } = toTaskSummary(row);
  const path = `/v1/tasks/${row.task_uuid}`;
  return {
    task,
    template: { steps: template === null ? [] : toTemplateSteps(template, defaultMaxAttempts) },
    steps: steps.map(toStepSummary),
    dlq: { in_dlq: false, dlq_reason: null, resolution_status: null },
    links: { task: path, steps: `${path}/workflow_steps`, dlq: null },
  };
}

/** Shows what went into a task and what its steps gave. */
export function toTaskContext({ context, steps }: TaskResponse): TaskContextResponse {
  const outputs = Object.fromEntries(
    steps.filter(({ results }) => results !== null).map(({ name, results }) => [name, results]),
  );
  return { inputs: context, outputs, merged: { ...context, ...outputs } };
}
