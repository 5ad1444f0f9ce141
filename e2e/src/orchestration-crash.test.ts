import type { FleetMember } from '@tasker/testing';
import { DIAMOND, LINEAR, shapeTemplate, TREE } from './shapes';
import { type System, type SystemOptions, startSystem } from './start-system';
import { submitWhileDisturbed } from './submit-while-disturbed';

const SHAPES = [LINEAR, DIAMOND, TREE];
const TASKS = 120;
/** More than crashes, so that no step runs out of attempts by bad luck. */
const PATIENT = { max_attempts: 20, backoff: 'none' };
async function killAndRestart(members: readonly FleetMember[]): Promise<void> {
  await Promise.all(members.map((member) => member.kill()));
  await Promise.all(members.map((member) => member.start()));
}

const start = (options: SystemOptions): Promise<System> =>
  startSystem({ ...options, templates: SHAPES.map((shape) => shapeTemplate(shape, PATIENT)) });

async function expectAllComplete({ pool, untilTask }: System, taskUuids: readonly string[]): Promise<void> {
  expect(new Set(taskUuids).size).toBe(TASKS);
  for (const taskUuid of taskUuids) await untilTask(taskUuid, 'complete');
  const { rows } = await pool.query('select count(*)::integer as tasks from tasker.tasks');
  expect(rows[0].tasks).toBe(TASKS);
}

test('every acknowledged task completes once though orchestration is killed again and again', async () => {
  await using system = await start({});
  let crashes = 0;
  const taskUuids = await submitWhileDisturbed(system, { shapes: SHAPES, tasks: TASKS }, async () => {
    crashes += 1;
    await killAndRestart(system.fleet.orchestrations);
  });
  expect(crashes).toBeGreaterThan(2);
  await expectAllComplete(system, taskUuids);
  const twice = 'select step_uuid from e2e.executions group by step_uuid having count(*) > 1';
  expect((await system.pool.query(twice)).rows).toEqual([]);
  await system.expectInvariants();
});

test('with two orchestrations, the other one goes on with what the killed one held', async () => {
  await using system = await start({ orchestrations: 2 });
  const [one, two] = system.fleet.orchestrations;
  const taskUuids = await submitWhileDisturbed(system, { shapes: SHAPES, tasks: TASKS }, async () => {
    if (one?.isRunning === true) await one.kill();
  });
  expect([one?.isRunning, two?.isRunning]).toEqual([false, true]);
  await expectAllComplete(system, taskUuids);
  await system.expectInvariants();
});

test('every acknowledged task completes though all processes are killed again and again', async () => {
  await using system = await start({ workers: 2, workerEnv: { TASKER__worker__lease_ms: '3000' } });
  const { orchestrations, workers } = system.fleet;
  const taskUuids = await submitWhileDisturbed(system, { shapes: SHAPES, tasks: TASKS }, () =>
    killAndRestart([...orchestrations, ...workers]),
  );
  await expectAllComplete(system, taskUuids);
  await system.expectInvariants();
});
