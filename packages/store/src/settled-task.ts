import type { TaskState } from '@tasker/state-machine';
import type { TaskId } from '@tasker/workflow';

/** A task whose steps all rest now. */
export interface SettledTask {
  readonly taskUuid: TaskId;
  readonly namespace: string;
  readonly state: TaskState;
}

/** A {@link SettledTask} as the database says it. */
export interface SettledRow {
  readonly task_uuid: TaskId;
  readonly namespace: string;
  readonly state: TaskState;
}

/** Gives the settled task of a row. */
export const toSettled = (row: SettledRow): SettledTask => ({
  taskUuid: row.task_uuid,
  namespace: row.namespace,
  state: row.state,
});
