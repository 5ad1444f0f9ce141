import type { TaskId } from '@tasker/workflow';
import { type Database, selectRow } from './database';
import { sqlStatement } from './load-sql';

/** What one call of {@link MaintenanceStore.admitTasks} did. */
export interface Admission {
  /** How many tasks were let in. */
  readonly admitted: number;
  /** Tasks are left in `pending`: let in more as tasks settle. */
  readonly isWaiting: boolean;
}

/**
 * What keeps an installation going beside the way of the results. Every call is one round trip and one transaction; any
 * orchestrator may make it at any time.
 */
export interface MaintenanceStore {
  /**
   * Lets in up to `max` pending tasks, by priority, then age, while fewer than `maxConcurrentTasks` run (0: no limit).
   *
   * For the start of a process, after tasks have settled, and now and then. Orchestrators that call it, or create tasks under
   * a limit, at once do so one after the other, and never pass the limit together.
   */
  admitTasks(options: { readonly maxConcurrentTasks: number; readonly max: number }): Promise<Admission>;
}

/** Gives the maintenance store over a pool (or one client). `actor` signs the transitions it causes. */
export function createMaintenanceStore(database: Database, actor: string): MaintenanceStore {
  return {
    async admitTasks({ maxConcurrentTasks, max }) {
      const { outcome } = await selectRow<{ outcome: { admitted: { task_uuid: TaskId }[]; waiting: boolean } }>(
        database,
        sqlStatement('admit-tasks', [maxConcurrentTasks, max, actor, true]),
      );
      return { admitted: outcome.admitted.length, isWaiting: outcome.waiting };
    },
  };
}
