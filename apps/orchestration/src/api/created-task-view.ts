import type { BatchAnswer, TaskResponse } from '@tasker/protocol';
import { type StepRow, stepIdOf, type TaskRow } from '@tasker/store';
import type { PlannedStep } from '@tasker/workflow';
import type { SubmitOutcome } from '../intake/task-intake';
import { toTaskResponse } from './task-view';

type Created = Extract<SubmitOutcome, { kind: 'created' }>;

function toTaskRow({ task, template: { template, plan }, createdAt, isWaiting }: Created): TaskRow {
  const roots = plan.filter(({ parentNos }) => parentNos.length === 0).length;
  const over = plan.length === 0 && !isWaiting;
  return {
    task_uuid: task.taskUuid,
    template_uuid: task.templateUuid,
    namespace: template.namespace,
    name: template.name,
    version: template.version,
    state: isWaiting ? 'pending' : over ? 'complete' : 'steps_in_process',
    context: task.context,
    correlation_id: task.correlationId,
    parent_correlation_id: task.parentCorrelationId,
    initiator: task.initiator,
    source_system: task.sourceSystem,
    reason: task.reason,
    priority: task.priority,
    tags: task.tags,
    steps_total: plan.length,
    steps_active: isWaiting ? 0 : roots,
    steps_done: 0,
    steps_retrying: 0,
    steps_failed: 0,
    steps_cancelled: 0,
    created_at: createdAt,
    updated_at: createdAt,
    completed_at: over ? createdAt : null,
  };
}

function toStepRow({ task, createdAt, isWaiting }: Created, step: PlannedStep, defaultMaxAttempts: number): StepRow {
  const { retry, name } = step.definition;
  return {
    step_uuid: stepIdOf(task.taskUuid, step.stepNo),
    task_uuid: task.taskUuid,
    step_no: step.stepNo,
    name,
    state: step.parentNos.length === 0 && !isWaiting ? 'enqueued' : 'pending',
    unmet_parents: step.parentNos.length,
    parent_count: step.parentNos.length,
    retryable: retry.retryable,
    attempts: 0,
    max_attempts: retry.maxAttempts ?? defaultMaxAttempts,
    worker_id: null,
    due_at: null,
    result: null,
    error: null,
    checkpoint: null,
    last_attempted_at: null,
    last_failure_at: null,
    created_at: createdAt,
    updated_at: createdAt,
    completed_at: null,
  };
}

/** Shows a task as its own commit left it, without asking the database again. */
export function toCreatedTask(created: Created, defaultMaxAttempts: number): TaskResponse {
  const steps = created.template.plan.map((step) => toStepRow(created, step, defaultMaxAttempts));
  return toTaskResponse(toTaskRow(created), steps);
}

/** Shows what became of one task of a batch. */
export function toBatchAnswer(outcome: SubmitOutcome): BatchAnswer {
  switch (outcome.kind) {
    case 'created':
      return { status: 'created', task_uuid: outcome.task.taskUuid, correlation_id: outcome.task.correlationId };
    case 'duplicate':
      return { status: 'duplicate', task_uuid: outcome.existingTaskUuid };
    case 'template_not_found':
      return { status: 'invalid', error: { code: 'NOT_FOUND', message: 'no such template' } };
    case 'invalid':
      return {
        status: 'invalid',
        error: { code: 'BAD_REQUEST', message: 'the task request is not valid', details: outcome.problems },
      };
  }
}
