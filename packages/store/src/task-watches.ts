import { type Clock, createDrivenLoop, delay, type Round, systemClock } from '@tasker/lifecycle';
import type { TaskId } from '@tasker/workflow';
import { type Database, selectRows } from './database';
import { sqlStatement } from './load-sql';

/** What {@link createTaskWatches} works with. */
export interface TaskWatchesDeps {
  readonly database: Database;
  /** Names this process among the watchers; no other may use it at the same time. */
  readonly watcherId: string;
  /** Changes of the task are told from now on; earlier ones may have been missed. Called again while some may still be. */
  readonly onWatched: (taskUuid: TaskId) => void;
  /** Told when watches could not be noted, renewed or removed; what matters is tried again. */
  readonly onError: (error: unknown) => void;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** The rows by which the database knows what this process watches. */
export interface TaskWatches extends AsyncDisposable {
  /** Has the task watched; true when it already is, so that `onWatched` will not be called for it. */
  add(taskUuid: TaskId): Promise<boolean>;
  remove(taskUuid: TaskId): void;
  /** Notifications may have been missed: notes all watches again and calls `onWatched` for each. */
  refresh(): void;
}

/** How long a watch outlives a process that does not renew it, and how often it is renewed, in milliseconds. */
const LIFETIME_MS = 60_000;
const RENEW_MS = 20_000;
/** How long to wait between two looks at transactions that end within milliseconds, growing; and for all of them together. */
const LOOK_MS = 2;
const LOOK_MAX_MS = 100;
const LOOK_TOTAL_MS = 2_000;

/**
 * Waits for the transactions that changed something and looked for watches before ours were there: they tell us nothing.
 * False when one is still open after two seconds: somebody forgot it, or the machine stalls.
 */
async function untilSeen(database: Database, clock: Clock): Promise<boolean> {
  const list = async (among: readonly string[] | null) => {
    const statement = sqlStatement('list-watch-readers', [among]);
    const rows = await selectRows<{ transaction: string }>(database, statement);
    return rows.map((row) => row.transaction);
  };
  const untilMs = clock.monotonicMs() + LOOK_TOTAL_MS;
  let waitMs = LOOK_MS;
  let open = await list(null);
  while (open.length > 0 && clock.monotonicMs() < untilMs) {
    await delay(waitMs, { clock });
    waitMs = Math.min(2 * waitMs, LOOK_MAX_MS);
    open = await list(open);
  }
  return open.length === 0;
}

interface Watch {
  renewAtMs: number;
  /** `onWatched` has been called, after every transaction that tells us nothing. */
  isTold: boolean;
}

const newWatch = (): Watch => ({ renewAtMs: Number.NEGATIVE_INFINITY, isTold: false });

/** Keeps the rows of the tasks added: noted several at a time, renewed while they are watched, removed after. */
export function createTaskWatches(deps: TaskWatchesDeps): TaskWatches {
  const { database, watcherId, onWatched, onError, clock = systemClock } = deps;
  const watches = new Map<TaskId, Watch>();
  const dropped = new Set<TaskId>();

  async function note(due: readonly (readonly [TaskId, Watch])[], gone: readonly TaskId[]): Promise<void> {
    const values = [watcherId, due.map(([taskUuid]) => taskUuid), gone, LIFETIME_MS];
    const rows = await selectRows<{ task_uuid: TaskId }>(database, sqlStatement('watch-tasks', values));
    const added = new Set(rows.map((row) => row.task_uuid));
    const news = due.filter(([taskUuid, watch]) => added.has(taskUuid) || !watch.isTold);
    const isSeen = news.length === 0 || (await untilSeen(database, clock));
    for (const [, watch] of due) watch.renewAtMs = clock.monotonicMs() + RENEW_MS;
    for (const [taskUuid, watch] of news) {
      watch.isTold = isSeen;
      if (!isSeen) watch.renewAtMs = clock.monotonicMs();
      onWatched(taskUuid);
    }
  }

  async function round(): Promise<Round> {
    const due = [...watches].filter(([, watch]) => watch.renewAtMs <= clock.monotonicMs());
    const gone = [...dropped];
    dropped.clear();
    if (due.length > 0 || gone.length > 0) await note(due, gone);
    if (watches.size === 0) return { again: false, nextMs: null };
    const isAllTold = [...watches.values()].every((watch) => watch.isTold);
    return { again: false, nextMs: isAllTold ? RENEW_MS : LOOK_TOTAL_MS };
  }

  const loop = createDrivenLoop({
    name: 'task watches',
    round,
    idleMs: () => Number.POSITIVE_INFINITY,
    onError,
    clock,
  });

  return {
    async add(taskUuid) {
      dropped.delete(taskUuid);
      const watch = watches.get(taskUuid) ?? newWatch();
      watches.set(taskUuid, watch);
      await loop.start();
      if (!watch.isTold) loop.wake();
      return watch.isTold;
    },
    remove(taskUuid) {
      watches.delete(taskUuid);
      dropped.add(taskUuid);
      loop.wake();
    },
    refresh() {
      // Fresh entries: a round that is under way may have noted the old ones before whatever was missed.
      for (const taskUuid of watches.keys()) watches.set(taskUuid, newWatch());
      loop.wake();
    },
    async [Symbol.asyncDispose]() {
      await loop.stop();
      if (watches.size === 0 && dropped.size === 0) return;
      await selectRows(database, sqlStatement('drop-watches', [watcherId])).catch(onError);
    },
  };
}
