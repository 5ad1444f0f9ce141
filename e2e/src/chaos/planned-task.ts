import type { Random } from '../create-random';
import { descendantsOf, expectedResults, SHAPES, type Shape } from '../shapes';

/** What an operator will do about a task. */
export type Wish = 'leave' | 'cancel' | 'repair';

/** A task that has been thought out before it is submitted, with what must become of it. */
export interface PlannedTask {
  readonly idempotencyKey: string;
  readonly shape: Shape;
  readonly input: number;
  /** Part of the context: makes handlers fail, or slow. */
  readonly fail: Readonly<Record<string, object>>;
  /** The step that fails for good; null when none does. */
  readonly failing: string | null;
  readonly wish: Wish;
}

const PERMANENT = 0.15;
const REPAIRED = 0.6;
const CANCELLED = 0.1;
const TRANSIENT = 0.2;
const MOST_TRANSIENT_FAILURES = 3;
const SLOW = 0.03;
/** Longer than a lease, so that it has to be renewed. */
const LONGEST_STEP_MS = 5_000;

/** Draws a task: most are left alone, some are slow or fail for a while or for good, some are cancelled, some are repaired. */
export function planTask(random: Random, number: number): PlannedTask {
  const shape = random.pick(SHAPES);
  const names = Object.keys(shape.steps);
  const task = { idempotencyKey: `task ${number}`, shape, input: random.pick([2, 3, 6]) };
  const fail: Record<string, object> = {};
  if (random.isLucky(TRANSIENT)) {
    const times = Math.ceil(random.between(0, MOST_TRANSIENT_FAILURES));
    fail[random.pick(names)] = { kind: 'transient', times };
  }
  if (random.isLucky(SLOW)) fail[random.pick(names)] = { kind: 'slow', ms: random.between(0, LONGEST_STEP_MS) };
  if (random.isLucky(PERMANENT)) {
    const failing = random.pick(names);
    fail[failing] = { kind: 'permanent' };
    return { ...task, fail, failing, wish: random.isLucky(REPAIRED) ? 'repair' : 'leave' };
  }
  return { ...task, fail, failing: null, wish: random.isLucky(CANCELLED) ? 'cancel' : 'leave' };
}

/** Where the task has to end. `isCancelled`: its cancellation was answered with yes. */
export function expectedState({ failing, wish }: PlannedTask, isCancelled: boolean): string {
  if (isCancelled) return 'cancelled';
  return failing === null || wish === 'repair' ? 'complete' : 'blocked_by_failures';
}

/** The results that have to be there at the end, by step; a task that was cancelled may have fewer. */
export function resultsAtTheEnd({ shape, input, failing, wish }: PlannedTask): Readonly<Record<string, unknown>> {
  const results = expectedResults(shape, input);
  if (failing === null || wish === 'repair') return results;
  const blocked = descendantsOf(shape, failing);
  return Object.fromEntries(Object.entries(results).filter(([step]) => step !== failing && !blocked.has(step)));
}
