import type {
  StepResponse,
  TaskContextResponse,
  TaskResponse,
  TaskSummary,
  TaskSummaryResponse,
} from '@tasker/protocol';
import type { GetTaskSummaryResponse, Step, Task, TaskContext } from '@tasker/protocol/grpc';
import { toStepStateCode, toTaskStateCode } from './wire-states';
import { toInstant, toStruct } from './wire-values';

/** Puts a task on the wire; in lists, without the count of steps that wait for a worker. */
export function toWireTask(task: TaskSummary & Partial<Pick<TaskResponse, 'ready_steps'>>): Task {
  return {
    task_uuid: task.task_uuid,
    name: task.name,
    namespace: task.namespace,
    version: task.version,
    state: toTaskStateCode(task.status),
    created_at: toInstant(task.created_at),
    updated_at: toInstant(task.updated_at),
    completed_at: toInstant(task.completed_at),
    context: task.context,
    initiator: task.initiator,
    source_system: task.source_system,
    reason: task.reason,
    priority: task.priority,
    tags: [...task.tags],
    correlation_id: task.correlation_id,
    parent_correlation_id: task.parent_correlation_id ?? undefined,
    total_steps: task.total_steps,
    pending_steps: task.pending_steps,
    in_progress_steps: task.in_progress_steps,
    completed_steps: task.completed_steps,
    failed_steps: task.failed_steps,
    ready_steps: task.ready_steps ?? 0,
    execution_status: task.execution_status,
    recommended_action: task.recommended_action,
    completion_percentage: task.completion_percentage,
    health_status: task.health_status,
  };
}

/** Puts a step on the wire. */
export function toWireStep(step: StepResponse): Step {
  return {
    step_uuid: step.step_uuid,
    task_uuid: step.task_uuid,
    name: step.name,
    state: toStepStateCode(step.current_state),
    created_at: toInstant(step.created_at),
    updated_at: toInstant(step.updated_at),
    completed_at: toInstant(step.completed_at),
    results: toStruct(step.results),
    dependencies_satisfied: step.dependencies_satisfied,
    retry_eligible: step.retry_eligible,
    ready_for_execution: step.ready_for_execution,
    total_parents: step.total_parents,
    completed_parents: step.completed_parents,
    attempts: step.attempts,
    max_attempts: step.max_attempts,
    last_failure_at: toInstant(step.last_failure_at),
    next_retry_at: toInstant(step.next_retry_at),
    last_attempted_at: toInstant(step.last_attempted_at),
  };
}

/** Puts a task's context on the wire. */
export function toWireContext({ inputs, outputs, merged }: TaskContextResponse): TaskContext {
  return { inputs, outputs, merged };
}

/** Puts a task's summary on the wire. */
export function toWireSummary({ task, template, steps, dlq, links }: TaskSummaryResponse): GetTaskSummaryResponse {
  return {
    task: { ...task, completed_at: task.completed_at ?? undefined },
    template: { steps: template.steps.map((step) => ({ ...step, dependencies: [...step.dependencies] })) },
    steps: steps.map((step) => ({
      ...step,
      completed_at: step.completed_at ?? undefined,
      last_attempted_at: step.last_attempted_at ?? undefined,
      error:
        step.error === null
          ? undefined
          : {
              error_type: step.error.error_type ?? undefined,
              retryable: step.error.retryable,
              status_code: step.error.status_code ?? undefined,
            },
    })),
    dlq: {
      in_dlq: dlq.in_dlq,
      dlq_reason: dlq.dlq_reason ?? undefined,
      resolution_status: dlq.resolution_status ?? undefined,
    },
    links: { ...links, dlq: links.dlq ?? '' },
  };
}
