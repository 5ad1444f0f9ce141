import type { StepResponse, TaskResponse, TaskSummary } from '@tasker/protocol';
import { isTerminalTask } from '@tasker/state-machine';
import type { StepRow, TaskRow } from '@tasker/store';

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

type Counts = Pick<
  TaskRow,
  'state' | 'steps_total' | 'steps_active' | 'steps_done' | 'steps_retrying' | 'steps_failed' | 'steps_cancelled'
>;

function describeExecution(
  task: Counts,
): Pick<TaskSummary, 'execution_status' | 'recommended_action' | 'health_status'> {
  if (task.state === 'complete') {
    return { execution_status: 'all_complete', recommended_action: 'none', health_status: 'healthy' };
  }
  if (isTerminalTask(task.state)) {
    const health_status = task.state === 'error' ? 'blocked' : 'healthy';
    return { execution_status: 'ended', recommended_action: 'none', health_status };
  }
  if (task.state === 'blocked_by_failures') {
    return { execution_status: 'blocked_by_failures', recommended_action: 'handle_failures', health_status: 'blocked' };
  }
  const health_status = task.steps_failed > 0 ? 'blocked' : task.steps_retrying > 0 ? 'recovering' : 'healthy';
  if (task.steps_active > 0) {
    return { execution_status: 'processing', recommended_action: 'wait_for_completion', health_status };
  }
  if (task.steps_retrying > 0) {
    return { execution_status: 'waiting_for_retry', recommended_action: 'wait_for_completion', health_status };
  }
  return { execution_status: 'waiting_for_dependencies', recommended_action: 'wait_for_dependencies', health_status };
}

/** Shows a task as lists do. */
export function toTaskSummary(task: TaskRow): TaskSummary {
  const { steps_total: total, steps_done: done } = task;
  const rest = total - task.steps_active - done - task.steps_failed - task.steps_cancelled;
  return {
    task_uuid: task.task_uuid,
    namespace: task.namespace,
    name: task.name,
    version: task.version,
    status: task.state,
    created_at: task.created_at.toISOString(),
    updated_at: task.updated_at.toISOString(),
    completed_at: iso(task.completed_at),
    context: task.context,
    initiator: task.initiator,
    source_system: task.source_system,
    reason: task.reason,
    priority: task.priority,
    tags: task.tags,
    correlation_id: task.correlation_id,
    parent_correlation_id: task.parent_correlation_id,
    total_steps: total,
    pending_steps: rest,
    in_progress_steps: task.steps_active,
    completed_steps: done,
    failed_steps: task.steps_failed,
    ...describeExecution(task),
    completion_percentage: total === 0 ? 100 : Math.round((done / total) * 10_000) / 100,
  };
}

/** Shows a step. */
export function toStepResponse(step: StepRow): StepResponse {
  const isPermanent = step.error?.retryable === false;
  const retry_eligible = step.attempts === 0 || (step.retryable && !isPermanent && step.attempts < step.max_attempts);
  const waiting = step.state === 'waiting_for_retry';
  return {
    step_uuid: step.step_uuid,
    task_uuid: step.task_uuid,
    name: step.name,
    current_state: step.state,
    created_at: step.created_at.toISOString(),
    updated_at: step.updated_at.toISOString(),
    completed_at: iso(step.completed_at),
    results: step.result,
    error: step.error,
    dependencies_satisfied: step.unmet_parents === 0,
    retry_eligible,
    ready_for_execution: step.state === 'enqueued',
    total_parents: step.parent_count,
    completed_parents: step.parent_count - step.unmet_parents,
    attempts: step.attempts,
    max_attempts: step.max_attempts,
    worker_id: step.worker_id,
    last_attempted_at: iso(step.last_attempted_at),
    last_failure_at: iso(step.last_failure_at),
    next_retry_at: waiting ? iso(step.due_at) : null,
  };
}

/** Shows a task with its steps. */
export function toTaskResponse(task: TaskRow, steps: readonly StepRow[]): TaskResponse {
  const ready_steps = steps.filter((step) => step.state === 'enqueued').length;
  return { ...toTaskSummary(task), ready_steps, steps: steps.map(toStepResponse) };
}
