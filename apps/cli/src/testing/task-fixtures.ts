import type { StepResponse, TaskResponse } from '@tasker/protocol';

/** The instant at which all fixtures begin. */
export const BEGIN = Date.parse('2026-01-31T12:00:00.000Z');

/** The instant so many milliseconds after {@link BEGIN}, as the API writes it. */
export function at(ms: number): string {
  return new Date(BEGIN + ms).toISOString();
}

/** A pending step, changed as told. */
export function stepOf(name: string, changes: Partial<StepResponse> = {}): StepResponse {
  return {
    step_uuid: `step-${name}`,
    task_uuid: 'task-1',
    name,
    current_state: 'pending',
    created_at: at(0),
    updated_at: at(0),
    completed_at: null,
    results: null,
    error: null,
    dependencies_satisfied: false,
    retry_eligible: true,
    ready_for_execution: false,
    total_parents: 0,
    completed_parents: 0,
    attempts: 0,
    max_attempts: 3,
    worker_id: null,
    last_attempted_at: null,
    last_failure_at: null,
    next_retry_at: null,
    ...changes,
  };
}

/** A task in process with these steps, changed as told. */
export function taskOf(steps: readonly StepResponse[], changes: Partial<TaskResponse> = {}): TaskResponse {
  return {
    task_uuid: 'task-1',
    namespace: 'shop',
    name: 'order',
    version: '1.0.0',
    status: 'steps_in_process',
    created_at: at(0),
    updated_at: at(0),
    completed_at: null,
    context: {},
    initiator: 'system',
    source_system: 'tasker',
    reason: 'test',
    priority: 0,
    tags: [],
    correlation_id: 'task-1',
    parent_correlation_id: null,
    total_steps: steps.length,
    pending_steps: 0,
    in_progress_steps: 0,
    completed_steps: steps.filter(({ current_state }) => current_state === 'complete').length,
    failed_steps: 0,
    execution_status: 'processing',
    recommended_action: 'wait_for_completion',
    completion_percentage: 0,
    health_status: 'healthy',
    ready_steps: 0,
    steps,
    ...changes,
  };
}
