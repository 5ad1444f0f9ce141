import { randomUUID } from 'node:crypto';
import { createMigratedDatabase, type FleetMember, until } from '@tasker/testing';
import { NAMESPACE } from './api-client';
import { readMetric } from './read-metric';
import { LINEAR, shapeTemplate } from './shapes';
import { openSilentLink } from './silent-link';
import { startStallMeter } from './stall-meter';
import { type System, startSystem } from './start-system';

/** A ping every three and a half seconds and three seconds for its answer, and one more for this test to see it. */
const NOTICED_MS = 8_000;
const POLL_INTERVAL_MS = 1_000;
const LATEST_MS = POLL_INTERVAL_MS + 1_000;

const hasMetric = async (member: FleetMember, name: string, value: number) =>
  (await readMetric(member, name)) === value;

/** Submits tasks one after the other until `isOver`; gives how many. */
async function keepBusy(system: System, isOver: () => boolean): Promise<number> {
  let tasks = 0;
  for (; !isOver(); tasks += 1) await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
  return tasks;
}

/** Puts a request on the queue, of which no notification tells, and gives the milliseconds until it is a task. */
async function measureRequestMs({ pool }: System): Promise<number> {
  const correlationId = randomUUID();
  const request = { namespace: NAMESPACE, name: LINEAR.name, context: { n: 2 }, correlation_id: correlationId };
  const sentAtMs = performance.now();
  await pool.query(`select pgmq.send('orchestration_task_requests', $1::jsonb)`, [JSON.stringify(request)]);
  await until('the request is a task', async () => {
    const { rowCount } = await pool.query('select from tasker.tasks where correlation_id = $1', [correlationId]);
    return rowCount === 1;
  });
  return performance.now() - sentAtMs;
}

/** Gives the milliseconds that the latest wake-up of each kind took: from a message to the claim, and from a result to its application. */
async function findLatestMs({ pool }: System): Promise<Record<'claim' | 'result', number>> {
  const { rows } = await pool.query(`
    select max(late) filter (where to_state = 'in_progress')::float as claim,
      max(late) filter (where to_state = 'complete')::float as result
    from (
      select to_state, 1000 * extract(epoch from at - lag(at) over (partition by step_uuid order by transition_id)) as late
      from tasker.step_transitions
    ) waits`);
  return rows[0];
}

test('Hybrid notices a LISTEN connection that went silent, polls in its place without lateness, and hands back', async () => {
  const database = await createMigratedDatabase();
  await using link = await openSilentLink(database.connectionString);
  const env = {
    DATABASE_LISTEN_URL: link.url,
    TASKER__orchestration__hybrid__polling_interval_ms: `${POLL_INTERVAL_MS}`,
  };
  const templates = [shapeTemplate(LINEAR)];
  await using system = await startSystem({ database, templates, orchestrationEnv: env, workerEnv: env });
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  const untilAll = (name: string, value: number) =>
    Promise.all(
      members.map((member) => until(`${name} of ${member.name} is ${value}`, () => hasMetric(member, name, value))),
    );
  await untilAll('tasker_event_listener_active', 1);
  await untilAll('tasker_polling_fallback_active', 0);

  await using stalls = startStallMeter(system.pool);
  link.goSilent();
  const silentAtMs = performance.now();
  // The first work of all: nothing that came before has the processes look more often.
  const requestMs = await measureRequestMs(system);
  expect(requestMs).toBeLessThan(LATEST_MS + (await stalls.readLostMs()));
  let isNoticed = false;
  const busy = keepBusy(system, () => isNoticed);
  await untilAll('tasker_event_listener_active', 0);
  const noticedMs = performance.now() - silentAtMs;
  const lostMs = await stalls.readLostMs();
  await untilAll('tasker_polling_fallback_active', 1);
  await untilAll('tasker_mode_switches_total', 1);
  isNoticed = true;
  expect(await busy).toBeGreaterThan(0);
  await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
  expect(noticedMs).toBeLessThan(NOTICED_MS + lostMs);

  link.restore();
  await untilAll('tasker_event_listener_active', 1);
  await untilAll('tasker_polling_fallback_active', 0);
  await untilAll('tasker_mode_switches_total', 2);
  await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
  const { claim, result } = await findLatestMs(system);
  const latestMs = LATEST_MS + (await stalls.readLostMs());
  expect(claim).toBeLessThan(latestMs);
  expect(result).toBeLessThan(latestMs);
  await system.expectInvariants();
});
