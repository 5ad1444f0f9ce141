import type { StepAuditResponse } from '@tasker/protocol';
import type { StepTransitionRow } from '@tasker/store';

/** Shows one line of a step's log as audit. */
export function toStepAudit(row: StepTransitionRow, stepName: string): StepAuditResponse {
  const id = `00000000-0000-0000-0000-${BigInt(row.transition_id).toString(16).padStart(12, '0')}`;
  const reported = row.event === 'enqueue_for_orchestration' || row.event === 'enqueue_as_error_for_orchestration';
  return {
    audit_uuid: id,
    workflow_step_uuid: row.step_uuid,
    transition_uuid: id,
    task_uuid: row.task_uuid,
    recorded_at: row.at.toISOString(),
    attempt: row.attempt,
    actor: row.actor,
    worker_uuid: reported || row.event === 'start' ? row.actor : null,
    success: reported ? row.event === 'enqueue_for_orchestration' : null,
    execution_time_ms: row.detail?.execution_ms ?? null,
    metadata: row.detail?.metadata ?? null,
    error: row.detail?.error ?? null,
    reason: row.reason,
    step_name: stepName,
    event: row.event,
    from_state: row.from_state,
    to_state: row.to_state,
  };
}
