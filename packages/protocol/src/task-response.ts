import type { StepEvent, StepState, TaskState } from '@tasker/state-machine';
import type { JsonObject, JsonValue } from '@tasker/workflow';

/** A step as the API shows it. Instants are RFC 3339 in UTC. */
export interface StepResponse {
  readonly step_uuid: string;
  readonly task_uuid: string;
  readonly name: string;
  readonly current_state: StepState;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  /** The handler's result, once there is one. */
  readonly results: JsonValue;
  /** The last failure, as the worker told it; null after a success. */
  readonly error: JsonObject | null;
  readonly dependencies_satisfied: boolean;
  readonly retry_eligible: boolean;
  readonly ready_for_execution: boolean;
  readonly total_parents: number;
  readonly completed_parents: number;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly worker_id: string | null;
  readonly last_attempted_at: string | null;
  readonly last_failure_at: string | null;
  readonly next_retry_at: string | null;
}

/** A task as lists show it. */
export interface TaskSummary {
  readonly task_uuid: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly status: TaskState;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly context: JsonObject;
  readonly initiator: string;
  readonly source_system: string;
  readonly reason: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly correlation_id: string;
  readonly parent_correlation_id: string | null;
  readonly total_steps: number;
  readonly pending_steps: number;
  readonly in_progress_steps: number;
  readonly completed_steps: number;
  readonly failed_steps: number;
  /** all_complete, blocked_by_failures, processing, waiting_for_retry, waiting_for_dependencies or ended. */
  readonly execution_status: string;
  readonly recommended_action: string;
  /** 0…100, two decimals. */
  readonly completion_percentage: number;
  /** healthy, recovering, blocked or unknown. */
  readonly health_status: string;
}

/** A task with its steps, in topological order. */
export interface TaskResponse extends TaskSummary {
  /** Steps that are enqueued and wait for a worker. */
  readonly ready_steps: number;
  readonly steps: readonly StepResponse[];
}

/** A page of tasks, newest first. */
export interface TaskListResponse {
  readonly tasks: readonly TaskSummary[];
  readonly pagination: { readonly limit: number; readonly has_next: boolean; readonly next_cursor: string | null };
}

/** The answer for one task of a batch, at the same place as its request. */
export type BatchAnswer =
  | { readonly status: 'created'; readonly task_uuid: string; readonly correlation_id: string }
  | { readonly status: 'duplicate'; readonly task_uuid: string }
  | {
      readonly status: 'invalid';
      readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
    };

/** One attempt's outcome in a step's audit, newest first. */
export interface StepAuditResponse {
  readonly audit_uuid: string;
  readonly workflow_step_uuid: string;
  readonly transition_uuid: string;
  readonly task_uuid: string;
  readonly recorded_at: string;
  readonly attempt: number;
  /** Who did it: a worker, an orchestrator or a person. */
  readonly actor: string;
  readonly worker_uuid: string | null;
  readonly success: boolean | null;
  readonly execution_time_ms: number | null;
  /** What the handler added to its success. */
  readonly metadata: JsonObject | null;
  readonly error: JsonObject | null;
  readonly reason: string | null;
  readonly step_name: string;
  readonly event: StepEvent;
  readonly from_state: StepState;
  readonly to_state: StepState;
}
