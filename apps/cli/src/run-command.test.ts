import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreatedDatabase, createDatabase } from '@tasker/embedded-postgres';
import { createOrchestrator, type Orchestrator } from '@tasker/orchestration';
import type { TaskResponse } from '@tasker/protocol';
import { loadSettings } from '@tasker/settings';
import { runCommand } from './run-command';
import { createMemoryConsole } from './testing/memory-console';

const directory = mkdtempSync(join(tmpdir(), 'tasker-cli-'));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
let database: CreatedDatabase;
let orchestrator: Orchestrator;

const template = fileOf(
  'ship.yaml',
  `name: ship
namespace_name: shop
version: "1.0.0"
input_schema: { type: object, required: [order_id], properties: { order_id: { type: string } } }
steps:
  - { name: pack, handler: { callable: Pack } }
  - { name: send, dependencies: [pack], handler: { callable: Send } }
`,
);

function fileOf(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** Runs the command against the test's orchestrator. */
async function tasker(args: readonly string[], input: readonly string[] = []) {
  const console = createMemoryConsole({ TASKER_ORCHESTRATION_URL: orchestrator?.url ?? '' }, input);
  const exitCode = await runCommand(args, console);
  return { exitCode, output: console.output(), errors: console.errors() };
}

async function createTask(orderId: string): Promise<TaskResponse> {
  const { output } = await tasker(['task', 'create', 'shop/ship', '--json', '--context', `{"order_id":"${orderId}"}`]);
  return JSON.parse(output) as TaskResponse;
}

async function resolveStep(task: TaskResponse, step: string): Promise<void> {
  const uuid = task.steps.find(({ name }) => name === step)?.step_uuid;
  const response = await fetch(`${orchestrator.url}/v1/tasks/${task.task_uuid}/workflow_steps/${uuid}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ action_type: 'resolve_manually', resolved_by: 'test', reason: 'done by hand' }),
  });
  expect(response.status).toBe(200);
}

beforeAll(async () => {
  database = await createDatabase(process.env.TASKER_TEST_DATABASE_URL ?? '');
  const migrated = await tasker(['migrate', '--database-url', database.connectionString]);
  expect(migrated).toMatchObject({ exitCode: 0, errors: '' });
  const { settings, environment } = loadSettings({
    variables: {
      DATABASE_URL: database.connectionString,
      TASKER_WEB_BIND_ADDRESS: '127.0.0.1:0',
      TASKER__orchestration__grpc__enabled: 'false',
    },
    kind: 'orchestration',
  });
  orchestrator = createOrchestrator({ settings, environment, logger: silent });
  await orchestrator.start();
  expect(await tasker(['template', 'register', template])).toMatchObject({
    exitCode: 0,
    output: 'registered: shop/ship 1.0.0, 2 steps\n',
  });
});

afterAll(async () => {
  await orchestrator?.stop();
  await database?.drop();
  rmSync(directory, { recursive: true });
});

describe('migrate', () => {
  test('has nothing to do the second time', async () => {
    const { output } = await tasker(['migrate', '--json', '--database-url', database.connectionString]);
    expect(JSON.parse(output)).toMatchObject({ applied: [] });
  });

  test('ends with status 3 when there is no database', async () => {
    const { exitCode, errors } = await tasker(['migrate', '--database-url', 'postgresql://127.0.0.1:1/none']);
    expect(exitCode).toBe(3);
    expect(errors).toContain('cannot use the database');
  });
});

describe('template', () => {
  test('validate prints file, line and column of each mistake and ends with status 1', async () => {
    const file = fileOf('wrong.yaml', 'name: ship\nnamespace_name: shop\nversion: "1.0.0"\nstep: []\n');
    const { exitCode, errors } = await tasker(['template', 'validate', template, file]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(`${file}:4:1 step: unknown key 'step' (did you mean 'steps'?)`);
    expect(errors).toContain('1 of 2 template(s) are not valid');
  });

  test('register says the same as before when it is repeated', async () => {
    const { output } = await tasker(['template', 'register', template, '--json']);
    expect(JSON.parse(output)).toMatchObject([{ status: 'unchanged', namespace: 'shop', step_count: 2 }]);
  });

  test('register names the file and the place of a mistake', async () => {
    const file = fileOf('wrong-too.yaml', 'name: ship\nnamespace_name: shop\nversion: 1\n');
    const { exitCode, errors } = await tasker(['template', 'register', file]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(`${file}: line 3, column 10: `);
  });

  test('list shows what is registered', async () => {
    const { output } = await tasker(['template', 'list', '--namespace', 'shop']);
    expect(output).toContain('shop/ship@1.0.0      2');
  });
});

describe('task', () => {
  test('create reads its input from standard input, and get and list show the task', async () => {
    const args = ['task', 'create', 'shop/ship@1.0.0', '--context-file', '-', '--tag', 'a', 'b', '--priority', '-5'];
    const created = await tasker([...args, '--json'], ['{"order_id":', '"stdin"}']);
    const task = JSON.parse(created.output) as TaskResponse;
    expect(task).toMatchObject({ context: { order_id: 'stdin' }, tags: ['a', 'b'], priority: -5 });
    expect((await tasker(['task', 'get', task.task_uuid])).output).toContain('pack  enqueued');
    const { output } = await tasker(['task', 'list', '--tag', 'b', '--json']);
    expect(JSON.parse(output).tasks).toMatchObject([{ task_uuid: task.task_uuid }]);
  });

  test('list goes on where the page before ended', async () => {
    await createTask('page-1');
    await createTask('page-2');
    const first = JSON.parse((await tasker(['task', 'list', '--limit', '1', '--json'])).output);
    const text = (await tasker(['task', 'list', '--limit', '1'])).output;
    expect(text).toContain(`there are more: add --cursor ${first.pagination.next_cursor}`);
    const next = ['task', 'list', '--limit', '1', '--cursor', first.pagination.next_cursor, '--json'];
    expect(JSON.parse((await tasker(next)).output).tasks[0].task_uuid).not.toBe(first.tasks[0].task_uuid);
  });

  test('the same task twice is refused with the id of the first', async () => {
    const { task_uuid } = await createTask('twice');
    const args = ['task', 'create', 'shop/ship', '--context', '{"order_id":"twice"}', '--json'];
    const { exitCode, output, errors } = await tasker(args);
    expect(exitCode).toBe(2);
    expect(errors).toContain(`tasker task get ${task_uuid}`);
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'CONFLICT', details: { task_uuid } } });
  });

  test('an input that the template refuses ends with status 1 and says where', async () => {
    const { exitCode, errors } = await tasker(['task', 'create', 'shop/ship', '--context', '{}']);
    expect(exitCode).toBe(1);
    expect(errors).toContain('order_id');
  });

  test('a task that nobody knows ends with status 2', async () => {
    const { exitCode, errors } = await tasker(['task', 'get', '019b2f6e-7c1a-7000-8000-000000000001']);
    expect(exitCode).toBe(2);
    expect(errors).toContain('does not exist');
  });

  test('watch ends with status 0 when the task is complete', async () => {
    const task = await createTask('complete');
    await resolveStep(task, 'pack');
    const watching = tasker(['task', 'watch', task.task_uuid]);
    await resolveStep(task, 'send');
    const { exitCode, output } = await watching;
    expect(exitCode).toBe(0);
    expect(output).toContain(`task ${task.task_uuid}: complete`);
  });

  test('watch ends with status 2 when the task is cancelled', async () => {
    const task = await createTask('cancelled');
    const cancelled = await tasker(['task', 'cancel', task.task_uuid, '--reason', 'sent twice']);
    expect(cancelled).toMatchObject({ exitCode: 0, output: `task ${task.task_uuid} is cancelled\n` });
    const { exitCode, errors } = await tasker(['task', 'watch', task.task_uuid]);
    expect(exitCode).toBe(2);
    expect(errors).toContain('is cancelled');
  });
});

describe('wrong use', () => {
  test.each([
    [['task', 'create', 'ship'], 'names no workflow'],
    [['task', 'create', 'shop/ship', '--context', '[]'], 'is no JSON object'],
    [['task', 'create', 'shop/ship', '--context', '{'], 'is not JSON'],
    [['task', 'create', 'shop/ship', '--context', '{}', '--context-file', 'x'], 'both given'],
    [['task', 'create', 'shop/ship', '--context-file', '/nowhere'], 'cannot read /nowhere'],
    [['task', 'create', 'shop/ship', '--priority', 'high'], '--priority'],
    [['task', 'get', 'x', '--url', 'localhost'], 'is not a URL'],
    [['task', 'lst'], 'unknown command'],
    [['dev', '--handlers', '/nowhere'], 'there are no handlers at /nowhere'],
    [['dev', '--handlers', __filename], 'is TypeScript: build it first'],
    [['dev', '--handlers', directory, '--templates', '/nowhere'], 'there are no templates at /nowhere'],
    [['dev', '--port', '0'], 'is no port'],
  ])('%j ends with status 1 and says why', async (args, reason) => {
    const { exitCode, output, errors } = await tasker(args);
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' });
    expect(errors).toContain(reason);
  });

  test('a port that is taken is refused before anything is started', async () => {
    const { port } = new URL(orchestrator.url);
    const handlers = ['--handlers', directory, '--templates', template];
    const { exitCode, errors } = await tasker(['dev', ...handlers, '--port', port]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(`port ${port} cannot be used`);
    expect(errors).toContain('choose another one with --port');
  });

  test('a server that is not there ends with status 3 and says how to start one', async () => {
    const { exitCode, errors } = await tasker(['task', 'list', '--url', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(3);
    expect(errors).toContain("Start one with 'tasker dev'");
  });

  test('every command has help with an example', async () => {
    const commands = [['dev'], ['migrate']].concat(
      ['validate', 'show', 'reference'].map((name) => ['config', name]),
      ['validate', 'register', 'list'].map((name) => ['template', name]),
      ['create', 'get', 'list', 'watch', 'cancel'].map((name) => ['task', name]),
    );
    for (const command of commands) {
      const { exitCode, output } = await tasker([...command, '--help']);
      expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
      expect(output).toContain('Examples:');
      expect(output).toContain('--json');
    }
  });
});
