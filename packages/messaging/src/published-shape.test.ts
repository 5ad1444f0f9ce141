import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from './testing/throw-away-database';

const run = promisify(execFile);
const NAME = '@tasker/messaging';
const broker = testBrokerUrl();
const PACKAGE = path.join(__dirname, '..');
const EXCHANGE = `
async function exchange(provider) {
  await provider.start();
  await provider.ensureQueues(['published']);
  await provider.send('published', { hello: 'world' });
  let subscription;
  const body = await new Promise((resolve) => {
    subscription = provider.consume(['published'], async (d) => resolve(d.body));
  });
  await subscription.stop();
  for (const { name } of await provider.listQueues()) await provider.deleteQueue(name);
  await provider.stop();
  console.log(JSON.stringify(body));
}
`;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
}

let folder: string;
let database: ThrowAwayDatabase;

/** Copies an installed package and what it depends on, so that no registry is asked; pnpm keeps those beside it. */
async function copyInstalled(source: string): Promise<void> {
  const { name, dependencies = {} } = require(path.join(source, 'package.json')) as Manifest;
  await cp(source, path.join(folder, 'node_modules', name), { recursive: true, dereference: true });
  for (const dependency of Object.keys(dependencies)) {
    await copyInstalled(await realpath(path.join(path.dirname(source), dependency)));
  }
}

async function runScript(file: string, text: string): Promise<string> {
  await writeFile(path.join(folder, file), text);
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env: { PATH: process.env.PATH } });
  return stdout.trim();
}

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'messaging-published-'));
  await run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: PACKAGE });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: PACKAGE,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
  const target = path.join(folder, 'node_modules/@tasker/messaging');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', path.join(folder, path.basename(filename)), '-C', target, '--strip-components=1']);
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

test('without the drivers the memory provider works, and the others say what to install', async () => {
  const output = await runScript(
    'memory.cjs',
    `${EXCHANGE}
     require('${NAME}');
     const { PgmqProvider } = require('${NAME}/pgmq');
     const { RabbitMqProvider } = require('${NAME}/rabbitmq');
     try { new PgmqProvider({ connectionString: 'postgres://127.0.0.1/none' }); } catch (e) { console.log(e.code, e.message); }
     try { new RabbitMqProvider({ url: 'amqp://127.0.0.1' }); } catch (e) { console.log(e.code, e.message); }
     exchange(new (require('${NAME}/memory').MemoryProvider)());`,
  );
  expect(output).toMatch(
    /^DRIVER_MISSING .*npm install pg\nDRIVER_MISSING .*npm install amqplib\n\{"hello":"world"\}$/,
  );
});

test('the packed package sends and consumes over PostgreSQL by require and by import', async () => {
  await copyInstalled(await realpath(path.join(PACKAGE, 'node_modules/pg')));
  const create = `exchange(new PgmqProvider({ connectionString: ${JSON.stringify(database.url)} }));`;
  const required = `${EXCHANGE} const { PgmqProvider } = require('${NAME}/pgmq'); ${create}`;
  const imported = `import { PgmqProvider } from '${NAME}/pgmq'; ${EXCHANGE} ${create}`;
  expect(await runScript('pgmq.cjs', required)).toBe('{"hello":"world"}');
  expect(await runScript('pgmq.mjs', imported)).toBe('{"hello":"world"}');
});

(broker === null ? test.skip : test)(
  'the packed package sends and consumes over RabbitMQ by require and by import',
  async () => {
    await copyInstalled(await realpath(path.join(PACKAGE, 'node_modules/amqplib')));
    const create = `exchange(new RabbitMqProvider({ url: ${JSON.stringify(broker)}, prefix: 'published-shape' }));`;
    const required = `${EXCHANGE} const { RabbitMqProvider } = require('${NAME}/rabbitmq'); ${create}`;
    const imported = `import { RabbitMqProvider } from '${NAME}/rabbitmq'; ${EXCHANGE} ${create}`;
    expect(await runScript('rabbitmq.cjs', required)).toBe('{"hello":"world"}');
    expect(await runScript('rabbitmq.mjs', imported)).toBe('{"hello":"world"}');
  },
);

test('the packed package holds no tests', async () => {
  const { stdout } = await run('find', ['node_modules/@tasker/messaging', '-name', '*.test.*'], { cwd: folder });
  expect(stdout).toBe('');
});
