import type { JsonObject, JsonValue, StepExecution, StepId, StepOutcome, TaskId } from '@tasker/workflow';
import { type Database, selectRow, selectRows } from './database';
import { sqlStatement } from './load-sql';

/** A step that a worker holds, with all that its handler needs; `stepUuid` and `attempt` fence what the worker says later. */
export interface ClaimedStep extends StepExecution {
  /** The template's time limit in milliseconds, or null when it sets none. */
  readonly timeoutMs: number | null;
}

/** An attempt's end, as the worker tells it. */
export interface StepReport {
  readonly stepUuid: StepId;
  readonly attempt: number;
  readonly outcome: StepOutcome;
  /** How long the handler ran, in milliseconds. */
  readonly executionMs: number;
}

/** A step as its holder names it. */
export interface HeldStep {
  readonly stepUuid: StepId;
  readonly attempt: number;
}

/** The worker's side of the store. Every call is one round trip and one transaction. */
export interface WorkerStore {
  /** Creates the queues that are missing: a namespace may be served before its first template is registered. */
  ensureQueues(queues: readonly string[]): Promise<void>;
  /** Takes messages off `queue` and leases on their steps: at most `max` steps, each for `leaseMs`. */
  claimSteps(request: {
    queue: string;
    workerId: string;
    max: number;
    leaseMs: number;
    /** Steps that messages of a broker name; then `queue` is not read, and `max` does not count. @default null */
    given?: readonly StepId[] | null;
  }): Promise<readonly ClaimedStep[]>;
  /** Stores outcomes and tells orchestration; gives the steps that were refused (stale attempt, cancelled). Safe to repeat. */
  reportSteps(workerId: string, reports: readonly StepReport[]): Promise<readonly StepId[]>;
  /** Renews leases; gives the steps whose lease is lost. */
  renewLeases(workerId: string, steps: readonly HeldStep[], leaseMs: number): Promise<readonly StepId[]>;
  /** Hands steps back: they are enqueued again at once and the attempt does not count. */
  releaseSteps(workerId: string, steps: readonly HeldStep[]): Promise<void>;
}

interface ClaimedRow {
  step_uuid: StepId;
  task_uuid: TaskId;
  name: string;
  attempts: number;
  max_attempts: number;
  retryable: boolean;
  inputs: JsonObject | null;
  checkpoint: JsonValue;
  correlation_id: string;
  traceparent: string | null;
  context: JsonObject;
  namespace: string;
  task_name: string;
  task_version: string;
  handler: ClaimedStep['handler'];
  timeout_ms: number | null;
  dependency_results: Record<string, JsonValue> | null;
}

function toClaimedStep(row: ClaimedRow): ClaimedStep {
  return {
    stepUuid: row.step_uuid,
    taskUuid: row.task_uuid,
    stepName: row.name,
    attempt: row.attempts,
    maxAttempts: row.max_attempts,
    retryable: row.retryable,
    correlationId: row.correlation_id,
    traceparent: row.traceparent,
    namespace: row.namespace,
    taskName: row.task_name,
    taskVersion: row.task_version,
    context: row.context,
    handler: row.handler,
    timeoutMs: row.timeout_ms,
    dependencyResults: row.dependency_results ?? {},
    inputs: row.inputs ?? {},
    checkpoint: row.checkpoint,
  };
}

function toWireReport({ stepUuid, attempt, outcome, executionMs }: StepReport) {
  const execution_ms = Math.round(executionMs);
  if (outcome.kind === 'success') {
    const { result, metadata } = outcome;
    const hasMetadata = Object.keys(metadata).length > 0;
    return { step_uuid: stepUuid, attempt, result, ...(hasMetadata ? { metadata } : {}), execution_ms };
  }
  const { message, errorType, errorCode, retryable, retryAfterMs, backtrace, context } = outcome.error;
  const error = {
    message,
    error_type: errorType,
    error_code: errorCode,
    retryable,
    retry_after_ms: retryAfterMs,
    backtrace,
    ...(context === undefined ? {} : { context }),
  };
  return { step_uuid: stepUuid, attempt, error, execution_ms };
}

/** Gives the worker's store over a pool (or one client). The pool stays the caller's. */
export function createWorkerStore(database: Database): WorkerStore {
  return {
    async ensureQueues(queues) {
      await selectRows(database, sqlStatement('ensure-queues', [queues]));
    },

    async claimSteps({ queue, workerId, max, leaseMs, given = null }) {
      const values = [queue, workerId, max, leaseMs, given];
      const rows = await selectRows<ClaimedRow>(database, sqlStatement('claim-steps', values));
      return rows.map(toClaimedStep);
    },

    async reportSteps(workerId, reports) {
      if (reports.length === 0) return [];
      const json = JSON.stringify(reports.map(toWireReport));
      const rows = await selectRows<{ step_uuid: StepId }>(
        database,
        sqlStatement('report-steps', [workerId, json, true]),
      );
      if (rows.length === reports.length) return [];
      const accepted = new Set(rows.map((row) => row.step_uuid));
      return reports.map((report) => report.stepUuid).filter((id) => !accepted.has(id));
    },

    async renewLeases(workerId, steps, leaseMs) {
      if (steps.length === 0) return [];
      const values = [workerId, steps.map((step) => step.stepUuid), steps.map((step) => step.attempt), leaseMs];
      const rows = await selectRows<{ step_uuid: StepId }>(database, sqlStatement('renew-leases', values));
      return rows.map((row) => row.step_uuid);
    },

    async releaseSteps(workerId, steps) {
      if (steps.length === 0) return;
      const values = [workerId, steps.map((step) => step.stepUuid), steps.map((step) => step.attempt)];
      await selectRow(database, sqlStatement('release-steps', values));
    },
  };
}
