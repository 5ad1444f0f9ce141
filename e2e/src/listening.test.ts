import { createMigratedDatabase, until } from '@tasker/testing';
import { readMetric } from './read-metric';
import { LINEAR, shapeTemplate } from './shapes';
import { openSilentLink } from './silent-link';
import { startSystem } from './start-system';

const ATTEMPTS = 2;

test('in EventDrivenOnly a process that cannot listen any more ends with code 1 after its attempts, and says why', async () => {
  const database = await createMigratedDatabase();
  await using link = await openSilentLink(database.connectionString);
  await using system = await startSystem({
    database,
    memberEnv: () => ({
      DATABASE_LISTEN_URL: link.url,
      TASKER_DEPLOYMENT_MODE: 'EventDrivenOnly',
      TASKER__orchestration__event_driven__max_reconnect_attempts: `${ATTEMPTS}`,
    }),
  });
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  for (const member of members) {
    await until(`${member.name} listens`, async () => (await readMetric(member, 'tasker_event_listener_active')) === 1);
  }
  link.goSilent();
  for (const member of members) {
    await until(`${member.name} has ended`, () => !member.isRunning);
    expect(await member.stop()).toEqual({ code: 1, signal: null });
    expect(member.output).toContain('wake-up listener lost its connection');
    expect(member.output).toContain('the listener gave up, and this mode has nothing else');
  }
});

test('in PollingOnly no session listens, no notification is heard, and work is done all the same', async () => {
  await using system = await startSystem({
    templates: [shapeTemplate(LINEAR)],
    memberEnv: () => ({ TASKER_DEPLOYMENT_MODE: 'PollingOnly' }),
  });
  await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
  const listening = `select pid from pg_stat_activity
    where datname = current_database() and (application_name like 'tasker-listener%' or query ilike 'listen %')`;
  expect((await system.pool.query(listening)).rows).toEqual([]);
  for (const member of [...system.fleet.orchestrations, ...system.fleet.workers]) {
    expect(await readMetric(member, 'tasker_event_listener_active')).toBeNull();
    expect(await readMetric(member, 'tasker_event_notifications_received_total')).toBe(0);
    expect(await readMetric(member, 'tasker_polling_cycles_total')).toBeGreaterThan(0);
  }
  await system.expectInvariants();
});
