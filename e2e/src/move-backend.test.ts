import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { type Fleet, until } from '@tasker/testing';
import { template } from './shapes';
import { type System, startSystem } from './start-system';
import { type TestBackend, useRabbitMq } from './test-backend';

const TASKS = 500;
const TASKER = join(__dirname, '..', '..', 'apps', 'cli', 'bin', 'tasker.js');

/** Four steps of a fifth of a second. */
const JOURNEY = template(
  'journey',
  [1, 2, 3, 4].map((number) => ({
    name: `stage_${number}`,
    dependencies: number === 1 ? [] : [`stage_${number - 1}`],
    handler: { callable: 'nap', initialization: { ms: 200 } },
  })),
);
const handlersAtOnce = (handlers: number) => ({ TASKER__worker__max_concurrent_handlers: String(handlers) });

interface Drained {
  readonly queues: readonly { readonly queue: string; readonly moved: number; readonly left: number }[];
}

/** Runs `tasker queue drain` as an operator would; it fails when something is left. */
async function drain({ fleet }: System, { env }: TestBackend, from: string, to: string): Promise<Drained> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [TASKER, 'queue', 'drain', '--from', from, '--to', to, '--json'],
    { env: { ...process.env, ...env, DATABASE_URL: fleet.databaseUrl } },
  );
  return JSON.parse(stdout) as Drained;
}

async function submitAll({ api }: System): Promise<void> {
  const tasks = Array.from({ length: TASKS }, (_, number) => ({
    namespace: 'e2e',
    name: 'journey',
    context: { number },
  }));
  const { status, body } = await api.call('POST', '/v1/tasks/batch', { tasks });
  expect({ status, body: status < 300 ? null : body }).toEqual({ status: 201, body: null });
}

async function count({ pool }: System, table: 'tasks' | 'steps'): Promise<number> {
  const { rows } = await pool.query(`select count(*)::integer as n from tasker.${table} where state = 'complete'`);
  return rows[0].n;
}

/** Resolves when so many more steps are complete, and tells that most tasks are still on their way. */
async function goOn(system: System, steps: number): Promise<void> {
  const before = await count(system, 'steps');
  await until('more steps are complete', async () => (await count(system, 'steps')) >= before + steps);
  expect(await count(system, 'tasks')).toBeLessThan(TASKS / 2);
}

async function stopAll({ orchestrations, workers }: Pick<Fleet, 'orchestrations' | 'workers'>): Promise<void> {
  const ends = await Promise.all([...orchestrations, ...workers].map((member) => member.stop()));
  for (const end of ends) expect(end).toEqual({ code: 0, signal: null });
}

const url = testBrokerUrl();
const testWithBroker = url === null ? test.skip : test;

testWithBroker(
  '500 tasks move to RabbitMQ and back while they run, and none is lost',
  async () => {
    await using system = await startSystem({ workerEnv: handlersAtOnce(2), templates: [JOURNEY] });
    await using rabbitmq = await useRabbitMq(system.pool, url ?? '');
    await submitAll(system);
    await goOn(system, 10);

    const overBroker = await system.startMore({ ...rabbitmq.env, ...handlersAtOnce(2) });
    await stopAll(system.fleet);
    await drain(system, rabbitmq, 'pgmq', 'rabbitmq');
    await goOn(system, 10);

    await using overDatabase = await system.startMore(handlersAtOnce(100));
    await stopAll(overBroker);
    const { queues } = await drain(system, rabbitmq, 'rabbitmq', 'pgmq');
    expect(queues.reduce((sum, { moved }) => sum + moved, 0)).toBeGreaterThan(TASKS / 2);
    await until('all tasks are complete', async () => (await count(system, 'tasks')) === TASKS);
    expect(overDatabase.workers).toHaveLength(1);
    await rabbitmq.untilEmpty();
    await system.expectInvariants();
  },
  240_000,
);
