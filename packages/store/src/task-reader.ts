import type { StepEvent, StepState, TaskEvent, TaskState } from '@tasker/state-machine';
import type { JsonObject, JsonValue, StepId, TaskId } from '@tasker/workflow';
import { type Database, selectRow, selectRows } from './database';
import { sqlStatement } from './load-sql';

/** A task as stored. Instants are `Date`s; counts are of its steps. */
export interface TaskRow {
  readonly task_uuid: TaskId;
  readonly template_uuid: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly state: TaskState;
  readonly context: JsonObject;
  readonly correlation_id: string;
  readonly parent_correlation_id: string | null;
  readonly initiator: string;
  readonly source_system: string;
  readonly reason: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly steps_total: number;
  /** Enqueued, in progress, or waiting for orchestration. */
  readonly steps_active: number;
  readonly steps_done: number;
  readonly steps_retrying: number;
  readonly steps_failed: number;
  readonly steps_cancelled: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly completed_at: Date | null;
}

/** A step as stored. */
export interface StepRow {
  readonly step_uuid: StepId;
  readonly task_uuid: TaskId;
  readonly step_no: number;
  readonly name: string;
  readonly state: StepState;
  readonly unmet_parents: number;
  readonly parent_count: number;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly worker_id: string | null;
  /** End of the lease or time of the next attempt, by state. */
  readonly due_at: Date | null;
  readonly result: JsonValue;
  readonly error: JsonObject | null;
  readonly checkpoint: JsonValue;
  readonly last_attempted_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly completed_at: Date | null;
}

/** A task and its steps in topological order. */
export interface TaskWithSteps {
  readonly task: TaskRow;
  readonly steps: readonly StepRow[];
}

/** One line of a task's log. */
export interface TaskTransitionRow {
  readonly transition_id: string;
  readonly task_uuid: TaskId;
  readonly from_state: TaskState;
  readonly event: TaskEvent;
  readonly to_state: TaskState;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
}

/** One line of a step's log. `detail` of a report holds execution_ms, what the handler added, and the error of a failure. */
export interface StepTransitionRow {
  readonly transition_id: string;
  readonly step_uuid: StepId;
  readonly task_uuid: TaskId;
  readonly from_state: StepState;
  readonly event: StepEvent;
  readonly to_state: StepState;
  readonly attempt: number;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
  readonly detail: {
    readonly execution_ms?: number;
    readonly metadata?: JsonObject;
    readonly error?: JsonObject;
  } | null;
}

/** Which tasks to list; every filter is optional. */
export interface TaskFilter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly states?: readonly TaskState[] | undefined;
  /** A task must bear all of them. */
  readonly tags?: readonly string[] | undefined;
  readonly correlationId?: string | undefined;
  readonly initiator?: string | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdBefore?: Date | undefined;
}

/** Which part of the list. */
export interface TaskPage {
  /** Continue after this task (the last of the previous page). */
  readonly after?: TaskId | undefined;
  /** Tasks to pass over before the first. @default 0 */
  readonly offset?: number | undefined;
  /** Page size, 1…101. */
  readonly limit: number;
}

/** Reads tasks, steps and their logs. Nothing here locks. */
export interface TaskReader {
  findTask(taskUuid: TaskId): Promise<TaskRow | null>;
  /** Both as of one moment: a task that is over has no step that is not. */
  findTaskWithSteps(taskUuid: TaskId): Promise<TaskWithSteps | null>;
  /** Newest first. */
  listTasks(filter: TaskFilter & TaskPage): Promise<readonly TaskRow[]>;
  /** How many tasks fit, counted up to `max`. */
  countTasks(filter: TaskFilter, max: number): Promise<number>;
  /** In topological order; empty for an unknown task. */
  listSteps(taskUuid: TaskId): Promise<readonly StepRow[]>;
  findStep(taskUuid: TaskId, stepUuid: StepId): Promise<StepRow | null>;
  /** Oldest first. */
  listStepTransitions(stepUuid: StepId): Promise<readonly StepTransitionRow[]>;
  /** Oldest first. */
  listTaskTransitions(taskUuid: TaskId): Promise<readonly TaskTransitionRow[]>;
  /** Unfinished tasks by namespace and state. */
  countOpenTasks(): Promise<readonly { namespace: string; state: TaskState; tasks: number }[]>;
  /** Retries that are due and not enqueued yet. */
  countDueSteps(): Promise<number>;
  /** Orchestration processes connected now: those whose sessions are named by {@link nameOrchestratorSession}. */
  countOrchestrators(): Promise<number>;
}

const SESSION_PREFIX = 'tasker-orchestration-';
/** PostgreSQL cuts longer names off at their end, which is where names of processes differ. */
const MAX_SESSION_NAME_LENGTH = 63;

/** Gives the `application_name` for the sessions of an orchestration process. */
export function nameOrchestratorSession(processorId: string): string {
  return SESSION_PREFIX + processorId.slice(SESSION_PREFIX.length - MAX_SESSION_NAME_LENGTH);
}

function toValues(filter: TaskFilter): readonly unknown[] {
  const { namespace, name, states, tags, correlationId, initiator, createdFrom, createdBefore } = filter;
  return [namespace, name, states, tags, correlationId, initiator, createdFrom, createdBefore];
}

/** The instants of a row that came as JSON are texts. */
type TextInstants<Row> = {
  readonly [Key in keyof Row]: Date extends Row[Key] ? Exclude<Row[Key], Date> | string : Row[Key];
};

function parseTask(task: TextInstants<TaskRow>): TaskRow {
  return {
    ...task,
    created_at: new Date(task.created_at),
    updated_at: new Date(task.updated_at),
    completed_at: task.completed_at === null ? null : new Date(task.completed_at),
  };
}

/** Gives the reader over a pool (or one client). */
export function createTaskReader(database: Database): TaskReader {
  const listSteps = (taskUuid: TaskId, stepUuid: StepId | null) =>
    selectRows<StepRow>(database, sqlStatement('list-steps', [taskUuid, stepUuid]));
  return {
    async findTask(taskUuid) {
      const [row] = await selectRows<TaskRow>(database, sqlStatement('find-task', [taskUuid]));
      return row ?? null;
    },

    async findTaskWithSteps(taskUuid) {
      type Row = StepRow & { readonly task: TextInstants<TaskRow> | null };
      const rows = await selectRows<Row>(database, sqlStatement('find-task-with-steps', [taskUuid]));
      const [first] = rows;
      if (!first?.task) return null;
      return { task: parseTask(first.task), steps: rows.map(({ task: _, ...step }) => step) };
    },

    listTasks: (filter) =>
      selectRows<TaskRow>(
        database,
        sqlStatement('list-tasks', [...toValues(filter), filter.after, filter.limit, filter.offset ?? 0]),
      ),

    async countTasks(filter, max) {
      const statement = sqlStatement('count-tasks', [...toValues(filter), max]);
      return (await selectRow<{ tasks: number }>(database, statement)).tasks;
    },

    listSteps: (taskUuid) => listSteps(taskUuid, null),

    async findStep(taskUuid, stepUuid) {
      const [row] = await listSteps(taskUuid, stepUuid);
      return row ?? null;
    },

    listStepTransitions: (stepUuid) =>
      selectRows<StepTransitionRow>(database, sqlStatement('list-step-transitions', [stepUuid])),

    listTaskTransitions: (taskUuid) =>
      selectRows<TaskTransitionRow>(database, sqlStatement('list-task-transitions', [taskUuid])),

    countOpenTasks: () => selectRows(database, sqlStatement('count-open-tasks', [])),

    countDueSteps: async () =>
      (await selectRow<{ steps: number }>(database, sqlStatement('count-due-steps', []))).steps,

    async countOrchestrators() {
      const statement = sqlStatement('count-orchestrators', [SESSION_PREFIX]);
      return (await selectRow<{ orchestrators: number }>(database, statement)).orchestrators;
    },
  };
}
