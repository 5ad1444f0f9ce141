import { createMigratedDatabase, type FleetMember, until } from '@tasker/testing';
import { getRunner } from './get-runner';
import { preparePgbouncer } from './prepare-pgbouncer';
import { readMetric } from './read-metric';
import { LINEAR, SHAPES, shapeTemplate, template } from './shapes';
import { startPgbouncer } from './start-pgbouncer';
import { type System, type SystemOptions, startSystem } from './start-system';

/** More than failures: whatever else the killed worker runs loses an attempt as well. */
const PATIENT = { max_attempts: 20, backoff: 'none' };
const HOLDING = template('holding', [{ name: 'held', handler: { callable: 'hold' }, retry: PATIENT }]);
const TEMPLATES = [HOLDING, ...SHAPES.map((shape) => shapeTemplate(shape, PATIENT))];

const membersOf = ({ fleet }: System): readonly FleetMember[] => [...fleet.orchestrations, ...fleet.workers];

const binary = preparePgbouncer();
const throughPgbouncer = binary === null ? describe.skip : describe;

interface Pooled {
  readonly mode: string;
  readonly isDirect: boolean;
}

/** Runs `use` over a fleet whose pools go through PgBouncer, and whose listeners do not when `isDirect`. */
async function withPooledSystem(
  { mode, isDirect }: Pooled,
  options: SystemOptions,
  use: (system: System) => Promise<void>,
): Promise<void> {
  const database = await createMigratedDatabase();
  await using pooler = await startPgbouncer(binary ?? '', database.connectionString);
  await using system = await startSystem({
    ...options,
    database,
    templates: TEMPLATES,
    memberEnv: () => ({
      DATABASE_URL: pooler.url,
      DATABASE_LISTEN_URL: isDirect ? database.connectionString : '',
      TASKER_DEPLOYMENT_MODE: mode,
      TASKER__worker__lease_ms: '3000',
    }),
  });
  await use(system);
}

throughPgbouncer('with the pool through PgBouncer in transaction mode', () => {
  test.each(['Hybrid', 'EventDrivenOnly'])(
    'and a direct URL for LISTEN, workflows, retries and crashes work in mode %s',
    (mode) =>
      withPooledSystem({ mode, isDirect: true }, { orchestrations: 2, workers: 2 }, async (system) => {
        for (const member of membersOf(system)) {
          await until(
            `${member.name} listens`,
            async () => (await readMetric(member, 'tasker_event_listener_active')) === 1,
          );
        }
        const fail = { step_3: { kind: 'transient', times: 2 } };
        const taskUuids = [await system.api.submit(LINEAR.name, { n: 2, fail })];
        for (const { name } of SHAPES) taskUuids.push(await system.api.submit(name, { n: 2 }));
        const held = await system.api.submit('holding', { gate: 'pooled' });
        await system.untilStarted(held, 'held');
        await (await getRunner(system, held, 'held')).runner.kill();
        await system.fleet.orchestrations[1]?.kill();
        await system.untilStarted(held, 'held', 2);
        await system.openGate('pooled');
        for (const taskUuid of [...taskUuids, held]) await system.untilTask(taskUuid, 'complete');
        await system.expectInvariants();
      }),
  );

  test('and no direct URL, Hybrid says that it cannot listen, polls, and completes tasks', () =>
    withPooledSystem({ mode: 'Hybrid', isDirect: false }, {}, async (system) => {
      for (const member of membersOf(system)) {
        await until(`${member.name} says why it polls`, () =>
          /give a DATABASE_LISTEN_URL that goes past the connection pooler/.test(member.output),
        );
        expect(await readMetric(member, 'tasker_polling_fallback_active')).toBe(1);
        expect(await readMetric(member, 'tasker_event_listener_active')).toBe(0);
      }
      await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
      await system.expectInvariants();
    }));

  test('and no direct URL, EventDrivenOnly refuses to start and says what to give', async () => {
    const started = withPooledSystem({ mode: 'EventDrivenOnly', isDirect: false }, { workers: 0 }, async () => {});
    await expect(started).rejects.toThrow(
      /cannot start: .*give a DATABASE_LISTEN_URL that goes past the connection pooler/,
    );
  });
});
