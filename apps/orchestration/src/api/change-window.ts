import type { ChangeCursor, TaskChange } from '@tasker/store';

/**
 * How long a line of a log may stay invisible after lines with higher places are seen, in milliseconds: its transaction has
 * to commit meanwhile. Steps that are claimed at once are written by several workers, in any order.
 */
const OVERLAP_MS = 10_000;

const START: ChangeCursor = { task: 0n, step: 0n };

/** Which part of a task's logs has been passed on. */
export interface ChangeWindow {
  /** Where the next reading begins: before what may still become visible. */
  readonly from: ChangeCursor;
  /** Gives those changes of a reading that have not been passed on yet, and notes them. */
  accept(changes: readonly TaskChange[]): readonly TaskChange[];
}

/** Gives a window that begins after `start`. */
export function createChangeWindow(start: ChangeCursor = START): ChangeWindow {
  const seenAt = new Map<bigint, number>();
  let newestMs = 0;
  let from = start;

  function note(change: TaskChange): boolean {
    const place = BigInt(change.transition_id);
    if (change.kind === 'task') {
      // The task's own log is written under a lock on the task, so its lines become visible in their order.
      from = { ...from, task: place };
      return true;
    }
    if (seenAt.has(place)) return false;
    seenAt.set(place, change.at.getTime());
    newestMs = Math.max(newestMs, change.at.getTime());
    return true;
  }

  function forgetOld(): void {
    for (const [place, atMs] of [...seenAt].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (newestMs - atMs <= OVERLAP_MS) return;
      seenAt.delete(place);
      from = { ...from, step: place };
    }
  }

  return {
    get from() {
      return from;
    },
    accept(changes) {
      const fresh = changes.filter(note);
      forgetOld();
      return fresh;
    },
  };
}
