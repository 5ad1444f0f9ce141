import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tasker/embedded-postgres';
import { migrate } from '@tasker/store';
import { chooseRate } from '../capacity/choose-rate';
import { runCommand } from '../run-command';
import { createMemoryConsole } from '../testing/memory-console';

const SHIPPED = join(__dirname, '..', '..', '..', '..', 'config', 'tasker');

async function capacity(...args: readonly string[]) {
  const console = createMemoryConsole();
  const exitCode = await runCommand(['capacity', '--dir', SHIPPED, '--env', 'production', ...args], console);
  return { exitCode, output: console.output(), errors: console.errors() };
}

test("the guide's example of three orchestrations and ten workers needs 500 connections", async () => {
  const { exitCode, output } = await capacity('--orchestration', '3', '--workers', '10', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    fits: true,
    warnings: [],
    connections: {
      groups: [
        { name: 'orchestration', replicas: 3, pool: 50, listeners: 1, total: 153 },
        { name: 'worker', replicas: 10, pool: 20, listeners: 1, total: 210 },
      ],
      total: 363,
      duringUpdate: 435,
      recommendedMaxConnections: 500,
    },
    maxConnections: null,
    needed: null,
  });
});

test('orchestration that polls has no listener', async () => {
  const args = ['--set', 'orchestration.deployment_mode=EventDrivenOnly', 'database.max_connections=20'];
  const { output } = await capacity('--orchestration', '10', '--polling', '3', '--workers', '5', ...args);
  expect(output).toContain('orchestration            EventDrivenOnly        10    20          1          210');
  expect(output).toContain('orchestration (polling)  PollingOnly             3    20          0           60');
  expect(output).toContain('connections: 375, and 437 while an update runs');
});

test('a plan that does not fit is told, with what to set, and ends with 2', async () => {
  const whole = await capacity('--max-connections', '200');
  expect(whole.exitCode).toBe(2);
  expect(whole.errors).toContain('258 connections do not fit 200. Set max_connections to 350');
  expect(whole.output).toContain('max_connections: 200');
  const update = await capacity('--max-connections', '300', '--json');
  expect(JSON.parse(update.output)).toMatchObject({
    error: {
      code: 'DOES_NOT_FIT',
      details: { fits: false, warnings: [expect.stringContaining('330 connections while')] },
    },
  });
  expect((await capacity('--max-connections', '330')).exitCode).toBe(0);
});

test('replicas follow from the load at 70 % of what a process carries', async () => {
  const load = ['--tasks-per-second', '1000', '--steps-per-task', '4', '--handler-ms', '250'];
  const { exitCode, errors, output } = await capacity(...load);
  expect(output).toContain('load: 4000 steps/s, 1000 handlers at once');
  expect(output).toContain('replicas for it: 3 of orchestration, 15 of workers');
  expect(errors).toContain('5 of workers are fewer than the 15 that the load needs');
  expect(exitCode).toBe(2);
  expect((await capacity(...load, '--workers', '15')).exitCode).toBe(0);
});

test('what one orchestration carries can be given', async () => {
  const load = ['--tasks-per-second', '1000', '--steps-per-task', '4', '--handler-ms', '1'];
  const { output } = await capacity(...load, '--steps-per-second', '500');
  expect(output).toContain('one orchestration: 500 steps/s (given)');
  expect(output).toContain('replicas for it: 12 of orchestration');
  expect((await capacity(...load)).output).toContain('one orchestration: 2000 steps/s (assumed)');
});

test('a measured rate counts when it is above the assumed one', () => {
  expect(chooseRate(undefined, 2_500)).toEqual({ stepsPerSecond: 2_500, source: 'measured' });
  expect(chooseRate(undefined, 3)).toEqual({ stepsPerSecond: 2_000, source: 'assumed' });
  expect(chooseRate(800, 2_500)).toEqual({ stepsPerSecond: 800, source: 'given' });
});

test('over RabbitMQ every process has two connections to it, one more process of each kind during an update', async () => {
  const args = ['--set', 'messaging.backend=rabbitmq', 'rabbitmq.url=amqp://localhost'];
  const { output } = await capacity('--orchestration', '8', '--polling', '2', '--workers', '5', ...args);
  expect(output).toContain('connections to RabbitMQ: 30, and 36 while an update runs');
  expect((await capacity()).output).not.toContain('RabbitMQ');
});

test('a small load still gets two of each', async () => {
  const { output } = await capacity('--tasks-per-second', '0.1', '--json');
  expect(JSON.parse(output)).toMatchObject({ needed: { orchestration: 2, workers: 2, stepsPerSecond: 0.4 } });
});

test.each([
  ['--workers', '-1'],
  ['--tasks-per-second', '0'],
  ['--handler-ms', 'soon'],
])('%s %s is refused', async (...args) => {
  expect((await capacity(...args)).exitCode).toBe(1);
});

describe('with a database', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ settings: { fsync: 'off', max_connections: '60' } });
  });
  afterAll(() => server.stop());

  test('one without the schema, and one that is not there, are told apart', async () => {
    expect((await capacity('--database-url', server.connectionString)).exitCode).toBe(2);
    const absent = await capacity('--database-url', 'postgresql://tasker@127.0.0.1:1/tasker');
    expect(absent).toMatchObject({ exitCode: 3, errors: expect.stringContaining('cannot be measured') });
  });

  test('its connections, less those of superusers, are what the plan must fit', async () => {
    await migrate(server.connectionString);
    const { exitCode, output } = await capacity('--database-url', server.connectionString, '--json');
    expect(exitCode).toBe(2);
    const { details } = JSON.parse(output).error;
    expect(details).toMatchObject({ maxConnections: 60, measured: { tasksPerSecond: 0, reservedConnections: 3 } });
    expect(details.warnings[0]).toContain('258 connections do not fit 57');
    const small = [
      '--orchestration',
      '1',
      '--workers',
      '0',
      '--polling',
      '0',
      '--set',
      'database.max_connections=12',
      'database.min_connections=0',
    ];
    const { exitCode: fits, output: fitting } = await capacity('--database-url', server.connectionString, ...small);
    expect(fits).toBe(0);
    expect(fitting).toContain('measured: 0 tasks/s');
    expect(fitting).toContain('max_connections: 60');
  });
});
