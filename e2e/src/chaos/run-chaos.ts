import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@tasker/testing';
import { createRandom } from '../create-random';
import type { ChaosSystem } from './chaos-system';
import { disturbancesOf } from './disturbances';
import { askDatabase, cancelTask, Operator } from './operator';
import { type PlannedTask, planTask } from './planned-task';
import { submitBatch, submitOne } from './submit-planned';

/** How long and how much. */
export interface ChaosOptions {
  readonly seed: number;
  /** How long tasks are submitted and things go wrong, in milliseconds. */
  readonly durationMs: number;
  /** Told what happens. */
  tell(line: string): void;
}

/** What happened. */
export interface ChaosRecord {
  /** Every acknowledged task by its id. */
  readonly planned: ReadonlyMap<string, PlannedTask>;
  /** The tasks whose cancellation was answered with yes. */
  readonly cancelled: ReadonlySet<string>;
  readonly disturbances: number;
  /** From the end of the last disturbance until every task was over or blocked for good. */
  readonly settledAfterMs: number;
}

const CLIENTS = 4;
const BATCH = 20;
const BATCHED = 0.1;
const LONGEST_PAUSE_MS = 120;
const LONGEST_CALM_MS = 2_000;
const LONGEST_THOUGHT_MS = 300;
const LOOK_MS = 200;
/** More open tasks than this, and nothing is submitted until there are fewer: work does not pile up during outages. */
const MOST_OPEN = 400;
const SETTLE_DEADLINE_MS = 150_000;
const OPEN = `select count(*)::integer as open from tasker.tasks where completed_at is null and state <> 'blocked_by_failures'`;
const STUCK = `
  select task_uuid, state, steps_total, steps_active, steps_done, steps_retrying, steps_failed, updated_at from tasker.tasks
  where completed_at is null order by task_uuid limit 5`;

/** Submits, cancels and repairs tasks while one thing after the other goes wrong, then waits until all tasks have settled. */
export async function runChaos(chaos: ChaosSystem, { seed, durationMs, tell }: ChaosOptions): Promise<ChaosRecord> {
  const random = createRandom(seed);
  const planned = new Map<string, PlannedTask>();
  const cancelled = new Set<string>();
  const operator = new Operator(chaos, planned);
  const endsAtMs = performance.now() + durationMs;
  const isOver = () => performance.now() > endsAtMs;
  let number = 0;
  let open = 0;
  let disturbances = 0;

  async function note(taskUuid: string, task: PlannedTask): Promise<void> {
    planned.set(taskUuid, task);
    if (task.wish !== 'cancel') return;
    await delay(random.between(0, LONGEST_THOUGHT_MS));
    if (await cancelTask(chaos, taskUuid)) cancelled.add(taskUuid);
  }

  async function submit(): Promise<void> {
    const count = random.isLucky(BATCHED) ? BATCH : 1;
    const tasks = Array.from({ length: count }, () => planTask(random, number++));
    const [first] = tasks;
    if (first === undefined) return;
    const ids = count === 1 ? [await submitOne(chaos, first)] : await submitBatch(chaos, tasks);
    await Promise.all(tasks.map((task, index) => note(ids[index] ?? '', task)));
  }

  async function client(): Promise<void> {
    while (!isOver()) {
      if (open < MOST_OPEN) await submit();
      await delay(random.between(0, LONGEST_PAUSE_MS));
    }
  }

  async function watch(): Promise<void> {
    while (!isOver()) {
      open = (await askDatabase<{ open: number }>(chaos, OPEN))[0]?.open ?? 0;
      await delay(LOOK_MS);
    }
  }

  async function operate(): Promise<void> {
    while (!isOver()) {
      await operator.repair();
      await delay(LOOK_MS);
    }
  }

  async function disturb(): Promise<void> {
    const startedAtMs = performance.now();
    const possible = disturbancesOf(chaos);
    // Of its own, so that the same things go wrong whatever the load draws meanwhile.
    const random = createRandom(seed + 1);
    while (!isOver()) {
      await delay(random.between(0, LONGEST_CALM_MS));
      const what = await random.pick(possible)(chaos, random);
      disturbances += 1;
      const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
      tell(`${seconds} s: ${planned.size} tasks acknowledged, ${open} open; ${what}`);
    }
  }

  await Promise.all([...Array.from({ length: CLIENTS }, client), watch(), operate(), disturb()]);
  const endedAtMs = performance.now();
  await until(
    'all tasks are over, or blocked for good',
    async () => {
      const blocked = await operator.repair();
      const [row] = await askDatabase<{ open: number }>(chaos, OPEN);
      return blocked === 0 && row?.open === 0;
    },
    { deadlineMs: SETTLE_DEADLINE_MS },
  ).catch(async (error: Error) => {
    const stuck = await askDatabase<object>(chaos, STUCK);
    throw new Error(`${error.message}; some that are not: ${JSON.stringify(stuck)}`);
  });
  return { planned, cancelled, disturbances, settledAfterMs: performance.now() - endedAtMs };
}
