import type { StepState } from '@tasker/state-machine';
import type { JsonObject } from '@tasker/workflow';
import type { TaskSummary } from './task-response';

/** A task with its template, its steps and links in one answer: `GET /v1/tasks/{uuid}/summary`. */
export interface TaskSummaryResponse {
  readonly task: Omit<TaskSummary, 'context' | 'priority' | 'tags' | 'parent_correlation_id'>;
  readonly template: { readonly steps: readonly TemplateStepSummary[] };
  /** In topological order. */
  readonly steps: readonly StepSummary[];
  readonly dlq: {
    readonly in_dlq: boolean;
    readonly dlq_reason: string | null;
    readonly resolution_status: string | null;
  };
  /** Paths of this API; null for what it does not have. */
  readonly links: { readonly task: string; readonly steps: string; readonly dlq: string | null };
}

/** A step as the task's template has it. */
export interface TemplateStepSummary {
  readonly name: string;
  readonly step_type: string;
  readonly handler: string;
  readonly dependencies: readonly string[];
  readonly retryable: boolean;
  readonly max_attempts: number;
}

/** A step without its result. */
export interface StepSummary {
  readonly step_uuid: string;
  readonly name: string;
  readonly current_state: StepState;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly last_attempted_at: string | null;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly dependencies_satisfied: boolean;
  readonly retry_eligible: boolean;
  /** The last failure; null after a success. */
  readonly error: {
    readonly error_type: string | null;
    readonly retryable: boolean;
    readonly status_code: number | null;
  } | null;
}

/** What went into a task and what its steps gave. */
export interface TaskContextResponse {
  readonly inputs: JsonObject;
  /** Results by the name of the step; steps without one are left out. */
  readonly outputs: JsonObject;
  /** Inputs and outputs together; an output hides an input of its name. */
  readonly merged: JsonObject;
}
