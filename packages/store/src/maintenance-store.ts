import type { TaskId } from '@tasker/workflow';
import { type Database, selectRow } from './database';
import { sqlStatement } from './load-sql';
import { type SettledRow, type SettledTask, toSettled } from './settled-task';

/** What one call of {@link MaintenanceStore.admitTasks} did. */
export interface Admission {
  /** How many tasks were let in. */
  readonly admitted: number;
  /** Tasks are left in `pending`: let in more as tasks settle. */
  readonly isWaiting: boolean;
}

/** What one call of {@link MaintenanceStore.timeOutTasks} did. */
export interface TimeOut {
  /** The tasks that ended, all in `error`. */
  readonly timedOut: readonly SettledTask[];
  /** Milliseconds until the next open task is due (0: overdue), or null when none is open. */
  readonly nextDueMs: number | null;
}

/** What one call of {@link MaintenanceStore.wakeStalledQueues} found. */
export interface StalledQueues {
  /** The names of the queues whose consumers were woken. */
  readonly queues: readonly string[];
  /** Milliseconds until another queue has to be woken, unless its messages are taken; null when all others are empty. */
  readonly nextStalledMs: number | null;
}

/** What one call of {@link MaintenanceStore.finalizeTasks} did. */
export interface Finalization {
  /** Requests taken off the queue; 0 when there were none. */
  readonly taken: number;
  /** The tasks that were not as their steps say, as they are now; somebody should ask how they came to be so. */
  readonly repaired: readonly SettledTask[];
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
  /**
   * Ends up to `max` tasks that are open `timeoutSeconds` after their creation; workers that run their steps are told.
   * A task that somebody else is moving is left to the next call.
   */
  timeOutTasks(options: { readonly timeoutSeconds: number; readonly max: number }): Promise<TimeOut>;
  /** Gives the names of the queues of orchestration in which a message is visible. */
  findWaitingQueues(): Promise<readonly string[]>;
  /** Wakes the consumers of every queue in which a message has been visible for longer than `stalledMs`: a wake-up was lost. */
  wakeStalledQueues(stalledMs: number): Promise<StalledQueues>;
  /**
   * Takes up to `max` requests off `orchestration_task_finalizations`, each `{ task_uuid }`, and looks at those tasks afresh:
   * counts and state are brought to what the steps say, enqueued steps without message get one. Requests that name no task
   * are dead-lettered; tasks that are over stay as they are.
   */
  finalizeTasks(max: number): Promise<Finalization>;
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

    async timeOutTasks({ timeoutSeconds, max }) {
      const { outcome } = await selectRow<{ outcome: { timed_out: SettledRow[]; next_due_ms: number | null } }>(
        database,
        sqlStatement('time-out-tasks', [timeoutSeconds, max, actor]),
      );
      return { timedOut: outcome.timed_out.map(toSettled), nextDueMs: outcome.next_due_ms };
    },

    async findWaitingQueues() {
      const { queues } = await selectRow<{ queues: string[] }>(database, sqlStatement('find-waiting-queues', []));
      return queues;
    },

    async wakeStalledQueues(stalledMs) {
      const { outcome } = await selectRow<{ outcome: { queues: string[]; next_stalled_ms: number | null } }>(
        database,
        sqlStatement('wake-stalled-queues', [stalledMs]),
      );
      return { queues: outcome.queues, nextStalledMs: outcome.next_stalled_ms };
    },

    async finalizeTasks(max) {
      const { outcome } = await selectRow<{ outcome: { taken: number; repaired: SettledRow[] } }>(
        database,
        sqlStatement('finalize-tasks', [max, actor, true]),
      );
      return { taken: outcome.taken, repaired: outcome.repaired.map(toSettled) };
    },
  };
}
