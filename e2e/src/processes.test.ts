import { FleetMember, takeFreePort, until } from '@tasker/testing';
import { LINEAR, QUICK_RETRY, SHAPES, shapeTemplate, template } from './shapes';
import { type System, startSystem } from './start-system';
import { submitWhileDisturbed } from './submit-while-disturbed';

const GRACEFUL = { code: 0, signal: null };
const HOLDING = template('holding', [{ name: 'held', handler: { callable: 'hold' }, retry: QUICK_RETRY }]);

/** Connections of the processes themselves; those of the handlers' own pools are the handlers' affair. */
async function countConnections({ pool }: System): Promise<number> {
  const { rows } = await pool.query(`select count(*)::integer as connections from pg_stat_activity
    where datname = current_database() and application_name not in ('test', 'e2e-handlers')`);
  return rows[0].connections;
}

const untilNoConnections = (system: System) =>
  until('PostgreSQL has seen all connections close', async () => (await countConnections(system)) === 0);

test('idle processes end with code 0 when they are told to, and close their connections', async () => {
  await using system = await startSystem({ orchestrations: 2, workers: 2 });
  expect(await countConnections(system)).toBeGreaterThanOrEqual(4);
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  expect(await Promise.all(members.map((member) => member.stop()))).toEqual(members.map(() => GRACEFUL));
  await untilNoConnections(system);
});

test('processes whose statements hang behind a lock end all the same, and the work goes on after them', async () => {
  await using system = await startSystem({
    templates: [HOLDING],
    orchestrationEnv: { TASKER__orchestration__shutdown_timeout_ms: '100' },
    workerEnv: { TASKER__worker__shutdown_timeout_ms: '100' },
  });
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  const task = await system.api.submit('holding', { gate: 'locked' });
  await system.untilStarted(task, 'held');
  const lock = await system.pool.connect();
  try {
    // One table: whoever asks for a second while holding the first can be the victim of a deadlock with a stage.
    await lock.query('begin; lock table tasker.steps in access exclusive mode');
    // The worker has a step to report, and orchestration a question to answer.
    await system.openGate('locked');
    void system.api.task(task).catch(() => {});
    await until('each process waits for the lock', async () => {
      const { rows } = await system.pool.query(`select count(distinct application_name)::integer as waiting
        from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`);
      return rows[0].waiting >= members.length;
    });
    const failed = { code: 1, signal: null };
    expect(await Promise.all(members.map((member) => member.stop()))).toEqual(members.map(() => failed));
  } finally {
    await lock.query('rollback');
    lock.release();
  }
  await Promise.all(members.map((member) => member.start()));
  await system.untilTask(task, 'complete');
  await system.expectInvariants();
});

test('busy processes end with code 0 as well, and those that come after them finish the work', async () => {
  await using system = await startSystem({ templates: [shapeTemplate(LINEAR)] });
  const tasks = Array.from({ length: 300 }, () => ({ namespace: 'e2e', name: LINEAR.name, context: { n: 2 } }));
  const answer = await system.api.call<{ tasks: { task_uuid: string }[] }>('POST', '/v1/tasks/batch', { tasks });
  const taskUuids = answer.body.tasks.map(({ task_uuid }) => task_uuid);
  await system.untilStarted(taskUuids[0] ?? '', 'step_1');

  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  expect(await Promise.all(members.map((member) => member.stop()))).toEqual([GRACEFUL, GRACEFUL]);
  await untilNoConnections(system);
  await Promise.all(members.map((member) => member.start()));
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
  const burnt = 'select step_uuid from tasker.steps where attempts <> 1';
  expect((await system.pool.query(burnt)).rows).toEqual([]);
  await system.expectInvariants();
});

test('a rolling restart under load loses nothing, runs nothing twice and burns no attempt', async () => {
  await using system = await startSystem({
    orchestrations: 2,
    workers: 2,
    templates: SHAPES.map((shape) => shapeTemplate(shape)),
  });
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  const ends: unknown[] = [];
  const taskUuids = await submitWhileDisturbed(system, { shapes: SHAPES, tasks: 120 }, async () => {
    const member = members[ends.length % members.length];
    ends.push(await member?.stop());
    await member?.start();
  });
  expect(ends.length).toBeGreaterThan(3);
  expect(ends).toEqual(ends.map(() => GRACEFUL));
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
  const { rows } = await system.pool.query(`select s.name, s.attempts, count(e.step_uuid)::integer as executions
    from tasker.steps s left join e2e.executions e using (step_uuid) group by s.step_uuid
    having s.attempts <> 1 or count(e.step_uuid) <> 1`);
  expect(rows).toEqual([]);
  await system.expectInvariants();
});

test.each(['orchestration', 'worker'] as const)(
  '%s ends with code 1 and says why when it cannot start',
  async (app) => {
    const member = new FleetMember({
      name: app,
      main: require.resolve(`@tasker/${app}/main`),
      url: 'http://127.0.0.1:1',
      grpcTarget: '127.0.0.1:1',
      env: {
        DATABASE_URL: `postgres://nobody@127.0.0.1:${await takeFreePort()}/none`,
        TASKER_HANDLERS: `${__dirname}/../handlers`,
        WORKER_NAMESPACES: 'e2e',
        TASKER_WEB_BIND_ADDRESS: '127.0.0.1:0',
      },
    });
    await expect(member.start()).rejects.toThrow(`${app} cannot start: connect ECONNREFUSED`);
    expect(await member.stop()).toEqual({ code: 1, signal: null });
  },
);

test('a process that stops writes no error', async () => {
  await using system = await startSystem();
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  await Promise.all(members.map((member) => member.stop()));
  expect(members.map((member) => member.output)).toEqual(['', '']);
});
