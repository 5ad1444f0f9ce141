/** Lets callers share commits: each adds one item and waits for its own answer. */
export interface GroupCommit<Item, Answer> {
  /** Resolves when the commit that holds the item is durable; rejects when that commit failed. */
  add(item: Item): Promise<Answer>;
}

const MAX_COMMITS_AT_ONCE = 2;
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
 * Commits the first item at once and, while commits are under way, gathers what arrives for the next one: no added wait when
 * idle, large groups under load (group commit, as in Gray and Reuter, Transaction Processing, section 9.4).
 *
 * A failed group is tried again item by item, so that one bad item fails alone.
 */
export function createGroupCommit<Item, Answer>(commit: CommitGroup<Item, Answer>): GroupCommit<Item, Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  let running = 0;

  async function commitGroup(group: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await commit(
        group.map(({ item }) => item),
        running === 1,
      );
      for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      else for (const one of group) await commitGroup([one]);
    }
  }

  function pump(): void {
    while (running < MAX_COMMITS_AT_ONCE && waiting.length > 0) {
      running += 1;
      void commitGroup(waiting.splice(0, MAX_ITEMS_PER_COMMIT)).finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return {
    add(item) {
      return new Promise<Answer>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // Requests parsed in the same turn of the event loop go together.
        queueMicrotask(pump);
      });
    },
  };
}
