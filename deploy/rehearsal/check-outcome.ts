import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkInvariants } from '@tasker/store';
import { until } from '@tasker/testing';
import type { Pool } from 'pg';

const SETTLE_DEADLINE_MS = 120_000;
const SETTLE_INTERVAL_MS = 100;

const isEmpty = async (pool: Pool, text: string) => (await pool.query(text)).rowCount === 0;

/** Resolves when a handler runs. */
export async function untilStepRuns(pool: Pool): Promise<void> {
  const running = `select from tasker.steps where state = 'in_progress' limit 1`;
  await until('a step is in progress', async () => !(await isEmpty(pool, running)));
}

const FAILED_STEPS = `
  select concat_ws(': ', t.namespace, s.name, s.error ->> 'message') as failure
  from tasker.steps s join tasker.tasks t using (task_uuid)
  where t.state = 'blocked_by_failures' and s.state = 'error' limit 3`;

/**
 * Resolves when no task is open and no message waits in the database.
 * @throws {Error} as soon as a task is blocked by failures
 */
export async function untilSettled(pool: Pool): Promise<void> {
  const open = 'select from tasker.tasks where completed_at is null limit 1';
  const waiting = 'select from tasker.live_step_messages() limit 1';
  const isSettled = async () => {
    const failed = await pool.query<{ failure: string }>(FAILED_STEPS);
    if (failed.rows.length > 0) throw new Error(failed.rows.map(({ failure }) => failure).join('\n'));
    return (await isEmpty(pool, open)) && (await isEmpty(pool, waiting));
  };
  await until('all tasks are over', isSettled, { deadlineMs: SETTLE_DEADLINE_MS, intervalMs: SETTLE_INTERVAL_MS });
}

/** What the database tells of the tasks. */
export interface Outcome {
  /** Tasks of which every step is complete. */
  readonly completeCount: number;
  /** Steps of them all. */
  readonly stepCount: number;
  readonly problems: readonly string[];
}

/** Acknowledged tasks that are not complete with all their steps, each of which became complete exactly once. */
const NOT_DONE = `
  select wanted.task_uuid, t.state::text
  from unnest($1::uuid[]) as wanted (task_uuid)
  left join tasker.tasks t using (task_uuid)
  where t.state is distinct from 'complete' or exists (
    select from tasker.steps s
    where s.task_uuid = t.task_uuid
      and 1 <> (select count(*) from tasker.step_transitions l where l.step_uuid = s.step_uuid and l.to_state = 'complete'))`;

const COUNTS = `
  select count(distinct task_uuid)::integer as tasks, count(*)::integer as steps
  from tasker.steps join tasker.tasks t using (task_uuid) where t.state = 'complete'`;

/** The database makes such a queue for the first message that goes there. */
const DEAD_LETTER_QUEUES = `select queue_name from pgmq.list_queues() where queue_name like '%\\_dlq'`;

/** Looks whether every acknowledged task is complete, each step effective once, and every invariant of the engine holds. */
export async function checkOutcome(
  pool: Pool,
  taskUuids: readonly string[],
  { hasBroker }: { readonly hasBroker: boolean },
): Promise<Outcome> {
  const notDone = await pool.query<{ task_uuid: string; state: string | null }>(NOT_DONE, [taskUuids]);
  const broken = await checkInvariants(pool, { settled: true, hasBroker });
  const dead = await pool.query<{ queue_name: string }>(DEAD_LETTER_QUEUES);
  const counts = await pool.query<{ tasks: number; steps: number }>(COUNTS);
  return {
    completeCount: counts.rows[0]?.tasks ?? 0,
    stepCount: counts.rows[0]?.steps ?? 0,
    problems: [
      ...notDone.rows.map(({ task_uuid: id, state }) => `task ${id} is ${state ?? 'lost'}, or a step of it not once`),
      ...dead.rows.map(({ queue_name: queue }) => `${queue} has had a message`),
      ...broken.map(({ invariant, rows }) => `${invariant} does not hold: ${JSON.stringify(rows.slice(0, 3))}`),
    ],
  };
}

/** The lines of level error that the processes wrote: nothing that a deployment does by itself may need a human. */
export function findErrorLines(logs: string): readonly string[] {
  return readdirSync(logs).flatMap((name) => {
    const lines = readFileSync(join(logs, name), 'utf8').split('\n');
    return lines.filter((line) => line.includes('"level":"error"')).map((line) => `${name}: ${line}`);
  });
}
