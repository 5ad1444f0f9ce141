import type { JsonObject, JsonValue, StepId, TaskId } from '@tasker/workflow';
import { type Database, selectRow, selectRows } from './database';
import { sqlStatement } from './load-sql';
import { type SettledRow, type SettledTask, toSettled } from './settled-task';

/** A task to create. `taskUuid` comes from {@link newTaskId}. */
export interface NewTask {
  readonly taskUuid: TaskId;
  readonly templateUuid: string;
  readonly context: JsonObject;
  /** Hash that at most one task may have, or null for none. */
  readonly identityHash: string | null;
  readonly correlationId: string;
  readonly parentCorrelationId: string | null;
  readonly traceparent: string | null;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly priority: number;
  readonly tags: readonly string[];
}

/** What became of a {@link NewTask}. */
export type CreatedTask =
  | {
      readonly kind: 'created';
      readonly taskUuid: TaskId;
      readonly createdAt: Date;
      /** It is held in `pending` until fewer tasks run. */
      readonly isWaiting: boolean;
    }
  | { readonly kind: 'duplicate'; readonly existingTaskUuid: TaskId };

/** A failed attempt, or a lease that ended, that waits for a decision. */
export interface UndecidedStep {
  readonly stepUuid: StepId;
  readonly taskUuid: TaskId;
  readonly namespace: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly retryable: boolean;
  /** The template's back-off; null where it is silent. */
  readonly backoff: {
    readonly backoff: string | null;
    readonly backoffBaseMs: number | null;
    readonly maxBackoffMs: number | null;
  };
  readonly failure:
    | { readonly kind: 'lease_expired' }
    | {
        readonly kind: 'reported';
        readonly retryable: boolean;
        readonly retryAfterMs: number | null;
        readonly message: string;
      };
}

/** A decision about an {@link UndecidedStep}. */
export interface FailureDecision {
  readonly stepUuid: StepId;
  readonly attempt: number;
  /** What the decision is about; it does not apply to the other. */
  readonly about: UndecidedStep['failure']['kind'];
  /** Milliseconds until the next attempt, or null when the step fails for good. */
  readonly retryDelayMs: number | null;
  readonly reason: string;
}

/** What one round of {@link OrchestrationStore.advanceResults} did. */
export interface Advance {
  /** Result messages taken off the queue; 0 when there were none. */
  readonly taken: number;
  readonly completed: number;
  readonly settled: readonly SettledTask[];
  readonly undecided: readonly UndecidedStep[];
  /** Errors of results that could not be applied even alone, and are in the dead-letter queue now. */
  readonly deadLettered: readonly string[];
}

/** What one round of {@link OrchestrationStore.recoverDueSteps} did. */
export interface Recovery {
  readonly retried: number;
  readonly undecided: readonly UndecidedStep[];
  /** Milliseconds until the next step is due (0: overdue), or null when none ever will be. */
  readonly nextDueMs: number | null;
}

/** Orchestration's side of the store. Every call is one round trip and one transaction. */
export interface OrchestrationStore {
  /**
   * Creates tasks with their steps and sends the first step messages; one answer per task, in order.
   * @throws a database error with code 23503 when a template was replaced since it was read
   */
  createTasks(tasks: readonly NewTask[], options: CreateOptions): Promise<readonly CreatedTask[]>;
  /**
   * Takes up to `max` results, completes their steps, enqueues what became ready and finalizes tasks: all or none.
   * @param given - steps that messages of a broker name; then no queue is read, and `max` does not count
   * @throws a database error when one of them cannot be applied; then use {@link OrchestrationStore.advanceResultsSingly}
   */
  advanceResults(max: number, given?: readonly StepId[]): Promise<Advance>;
  /** As `advanceResults`, each result by itself; one that fails goes to the dead-letter queue. */
  advanceResultsSingly(max: number, given?: readonly StepId[]): Promise<Advance>;
  /** Applies decisions; gives the tasks that rest now. Steps that moved on meanwhile are left alone. */
  decideFailures(decisions: readonly FailureDecision[]): Promise<readonly SettledTask[]>;
  /** Enqueues due retries, finds ended leases and missing decisions. */
  recoverDueSteps(max: number): Promise<Recovery>;
}

/** How {@link OrchestrationStore.createTasks} fills in and wakes. */
export interface CreateOptions {
  /** For steps whose template is silent. */
  readonly defaultMaxAttempts: number;
  /** NOTIFY the workers inside the transaction; leave it to the caller for single tasks. */
  readonly wake: boolean;
  /** How many tasks may run at once; further ones wait in `pending` until they are let in. @default 0 - no limit */
  readonly maxConcurrentTasks?: number;
}

interface UndecidedRow {
  step_uuid: StepId;
  task_uuid: TaskId;
  namespace: string;
  attempt: number;
  max_attempts: number;
  retryable: boolean;
  backoff: { backoff: string | null; backoff_base_ms: number | null; max_backoff_ms: number | null };
  state: string;
  error: { retryable?: boolean; retry_after_ms?: number | null; message?: string } | null;
}

interface AdvanceRow {
  taken: number;
  completed: number;
  settled: SettledRow[];
  undecided: UndecidedRow[];
  dead_lettered?: string[];
}

function toUndecided(row: UndecidedRow): UndecidedStep {
  const failure: UndecidedStep['failure'] =
    row.state === 'in_progress'
      ? { kind: 'lease_expired' }
      : {
          kind: 'reported',
          retryable: row.error?.retryable ?? true,
          retryAfterMs: row.error?.retry_after_ms ?? null,
          message: row.error?.message ?? 'the handler failed',
        };
  return {
    stepUuid: row.step_uuid,
    taskUuid: row.task_uuid,
    namespace: row.namespace,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    retryable: row.retryable,
    backoff: {
      backoff: row.backoff.backoff,
      backoffBaseMs: row.backoff.backoff_base_ms,
      maxBackoffMs: row.backoff.max_backoff_ms,
    },
    failure,
  };
}

function toWireTask(task: NewTask): Record<string, JsonValue> {
  return {
    task_uuid: task.taskUuid,
    template_uuid: task.templateUuid,
    context: task.context,
    identity_hash: task.identityHash,
    correlation_id: task.correlationId,
    parent_correlation_id: task.parentCorrelationId,
    traceparent: task.traceparent,
    initiator: task.initiator,
    source_system: task.sourceSystem,
    reason: task.reason,
    priority: task.priority,
    tags: task.tags,
  };
}

const toWireDecision = ({ stepUuid, attempt, about, retryDelayMs, reason }: FailureDecision) => ({
  step_uuid: stepUuid,
  attempt,
  lease_expired: about === 'lease_expired',
  retry: retryDelayMs !== null,
  delay_ms: retryDelayMs,
  reason,
});

/** How long a failure may wait for its decision before recovery asks again, in milliseconds. */
const DECISION_MS = 15_000;

/** Gives orchestration's store over a pool (or one client). `actor` signs the transitions it causes. */
export function createOrchestrationStore(database: Database, actor: string): OrchestrationStore {
  async function advance(statement: string, max: number, given: readonly StepId[] | null = null): Promise<Advance> {
    const { outcome } = await selectRow<{ outcome: AdvanceRow }>(
      database,
      sqlStatement(statement, [max, actor, DECISION_MS, true, given]),
    );
    return {
      taken: outcome.taken,
      completed: outcome.completed,
      settled: outcome.settled.map(toSettled),
      undecided: outcome.undecided.map(toUndecided),
      deadLettered: outcome.dead_lettered ?? [],
    };
  }

  return {
    async createTasks(tasks, { defaultMaxAttempts, wake, maxConcurrentTasks = 0 }) {
      const values = [JSON.stringify(tasks.map(toWireTask)), defaultMaxAttempts, actor, wake, maxConcurrentTasks];
      const rows = await selectRows<{
        task_uuid: TaskId;
        existing_uuid: TaskId | null;
        created_at: Date;
        waits: boolean;
      }>(database, sqlStatement('create-tasks', values));
      const byTask = new Map(rows.map((row) => [row.task_uuid, row]));
      return tasks.map(({ taskUuid }): CreatedTask => {
        const row = byTask.get(taskUuid);
        if (row === undefined) throw new Error(`create_tasks gave no answer for task ${taskUuid}`);
        return row.existing_uuid === null
          ? { kind: 'created', taskUuid, createdAt: row.created_at, isWaiting: row.waits }
          : { kind: 'duplicate', existingTaskUuid: row.existing_uuid };
      });
    },

    advanceResults: (max, given) => advance('advance-results', max, given),

    advanceResultsSingly: (max, given) => advance('advance-results-singly', max, given),

    async decideFailures(decisions) {
      if (decisions.length === 0) return [];
      const values = [JSON.stringify(decisions.map(toWireDecision)), actor];
      const { outcome } = await selectRow<{ outcome: { settled: SettledRow[] } }>(
        database,
        sqlStatement('decide-failures', values),
      );
      return outcome.settled.map(toSettled);
    },

    async recoverDueSteps(max) {
      const { outcome } = await selectRow<{
        outcome: { retried: number; undecided: UndecidedRow[]; next_due_ms: number | null };
      }>(database, sqlStatement('recover-due-steps', [max, actor, true]));
      return {
        retried: outcome.retried,
        undecided: outcome.undecided.map(toUndecided),
        nextDueMs: outcome.next_due_ms,
      };
    },
  };
}
