import type { ExecutorPool } from '../engine/executor-pool';

/** Lets callers share commits: each adds one item and waits for its own answer. */
export interface GroupCommit<Item, Answer> {
  /** Items that no commit has taken yet. */
  readonly waitingCount: number;
  /** Resolves when the commit that holds the item is durable; rejects when that commit failed. */
  add(item: Item): Promise<Answer>;
}

const MAX_ITEMS_PER_COMMIT = 500;

interface Waiting<Item, Answer> {
  readonly item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Stores a group, all or nothing, and answers each item in order; safe to repeat with the same items. */
export type CommitGroup<Item, Answer> = (
  items: readonly Item[],
  /** Nothing else is being committed: the group is as small as the load is low. */
  isAlone: boolean,
) => Promise<readonly Answer[]>;

/**
 * Commits the first item at once and, while all executors of the pool commit, gathers what arrives for the next one: no added
 * wait when idle, large groups under load (group commit, as in Gray and Reuter, Transaction Processing, section 9.4).
 *
 * A failed group is tried again item by item, so that one bad item fails alone.
 */
export function createGroupCommit<Item, Answer>(
  pool: Pick<ExecutorPool, 'active' | 'run'>,
  commit: CommitGroup<Item, Answer>,
): GroupCommit<Item, Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  let isScheduled = false;

  async function commitGroup(group: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await commit(
        group.map(({ item }) => item),
        pool.active === 1,
      );
      for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      else for (const one of group) await commitGroup([one]);
    }
  }

  /** One commit at a time asks for an executor; it takes all that waits when it gets one. */
  function schedule(): void {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    void pool.run(() => {
      isScheduled = false;
      const group = waiting.splice(0, MAX_ITEMS_PER_COMMIT);
      schedule();
      return commitGroup(group);
    });
  }

  return {
    get waitingCount() {
      return waiting.length;
    },

    add(item) {
      return new Promise<Answer>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // Requests parsed in the same turn of the event loop go together.
        queueMicrotask(schedule);
      });
    },
  };
}
