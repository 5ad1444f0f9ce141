import { until } from '@tasker/testing';
import { SHAPES, shapeTemplate } from './shapes';
import { type System, startSystem } from './start-system';
import { submitUntilAcknowledged } from './submit-until-acknowledged';

const ROUNDS = 5;
const TASKS_PER_ROUND = 20;
const PATIENT = { max_attempts: 20, backoff: 'none' };

/** Cuts every connection of the fleet at once, in whatever they are doing. */
async function cutConnections({ pool }: System): Promise<number> {
  const { rowCount } = await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name not in ('test', 'e2e-handlers')`);
  return rowCount ?? 0;
}

test('every acknowledged task completes though PostgreSQL drops all connections again and again', async () => {
  await using system = await startSystem({
    orchestrations: 2,
    workers: 2,
    workerEnv: { TASKER__worker__lease_ms: '3000' },
    templates: SHAPES.map((shape) => shapeTemplate(shape, PATIENT)),
  });
  const urls = system.fleet.orchestrations.map(({ url }) => url);

  const taskUuids: string[] = [];
  let cuts = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const submissions = Array.from({ length: TASKS_PER_ROUND }, (_, index) => {
      const shape = SHAPES[index % SHAPES.length]?.name ?? '';
      return submitUntilAcknowledged(urls, shape, { n: 2 }, `${round}/${index}`);
    });
    // Once while the tasks come in, and once while their steps run.
    await submissions[0];
    cuts += await cutConnections(system);
    taskUuids.push(...(await Promise.all(submissions)));
    cuts += await cutConnections(system);
  }
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
  expect(cuts).toBeGreaterThan(ROUNDS);
  expect(new Set(taskUuids).size).toBe(ROUNDS * TASKS_PER_ROUND);

  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  expect(members.map(({ isRunning }) => isRunning)).toEqual(members.map(() => true));
  for (const { name, url } of members) {
    await until(`${name} is healthy again`, async () => {
      const { status } = (await (await fetch(`${url}/health`)).json()) as { status: string };
      return status === 'healthy';
    });
  }
  await system.expectInvariants();
});
