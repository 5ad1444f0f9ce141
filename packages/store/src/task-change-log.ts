import type { StepEvent, StepState, TaskEvent, TaskState } from '@tasker/state-machine';
import type { JsonObject, StepId, TaskId } from '@tasker/workflow';
import { type Database, selectRows } from './database';
import { sqlStatement } from './load-sql';

interface ChangeRow {
  /** Place in the log of its kind, as a decimal number; later changes of one task or one step have higher ones. */
  readonly transition_id: string;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
}

/** A change of state of a task, or of one of its steps. */
export type TaskChange =
  | (ChangeRow & {
      readonly kind: 'task';
      readonly from_state: TaskState;
      readonly event: TaskEvent;
      readonly to_state: TaskState;
    })
  | (ChangeRow & {
      readonly kind: 'step';
      readonly step_uuid: StepId;
      readonly name: string;
      readonly from_state: StepState;
      readonly event: StepEvent;
      readonly to_state: StepState;
      readonly attempt: number;
      /** What the worker told of a failure. */
      readonly error: JsonObject | null;
    });

/** Places in the two logs of a task; 0 is before the first line. */
export interface ChangeCursor {
  readonly task: bigint;
  readonly step: bigint;
}

/** Reads the log of a task with the logs of its steps. Nothing here locks. */
export interface TaskChangeLog {
  /** Oldest first. A step's line may become visible after lines of other steps that have higher places. */
  listChanges(taskUuid: TaskId, after: ChangeCursor): Promise<readonly TaskChange[]>;
}

/** Gives the log over a pool (or one client). */
export function createTaskChangeLog(database: Database): TaskChangeLog {
  return {
    listChanges: (taskUuid, { task, step }) =>
      selectRows<TaskChange>(database, sqlStatement('list-task-changes', [taskUuid, String(task), String(step)])),
  };
}
