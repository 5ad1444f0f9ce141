import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { installPackedPackage, type PackedPackage } from './testing/packed-package';
import { uniquePrefix } from './testing/test-broker-provider';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from './testing/throw-away-database';

const run = promisify(execFile);
const NAME = '@tasker/messaging';
const ENTRIES = ['', '/pgmq', '/rabbitmq', '/memory', '/conformance'];
const broker = testBrokerUrl();
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
/** What a consumer writes in TypeScript: every entry, a handler with inferred types, and a mistake that must be seen. */
const CONSUMER = `
import { type MessagingProvider, parseQueueName } from '${NAME}';
import { PgmqProvider } from '${NAME}/pgmq';
import { RabbitMqProvider } from '${NAME}/rabbitmq';
import { MemoryProvider } from '${NAME}/memory';
import { CONFORMANCE_CASES } from '${NAME}/conformance';
export const providers: MessagingProvider[] = [
  new PgmqProvider({ connectionString: 'postgres://127.0.0.1' }),
  new RabbitMqProvider({ url: 'amqp://127.0.0.1' }),
  new MemoryProvider(),
];
export const stop = (queue: string) =>
  providers.map((provider) => provider.consume([parseQueueName(queue)], async ({ messageId }) => console.log(messageId), { concurrency: 2 }).stop());
export const count: number = CONFORMANCE_CASES.length;
// @ts-expect-error concurrency is a number
new MemoryProvider().consume([parseQueueName('mail')], async () => {}, { concurrency: 'two' });
`;

/** Ends an example of the README once its handler has spoken. */
const SPOKEN = `
const spoken = new Promise((resolve) => {
  const log = console.log;
  console.log = (...words) => { log(...words); resolve(); };
});
`;
const END = `
await spoken;
for (const { name } of await queues.listQueues()) await queues.deleteQueue(name);
await queues.stop();
`;

/** What attw finds, as far as it is looked at. */
interface TypesReport {
  readonly analysis: {
    readonly entrypoints: Readonly<Record<string, object>>;
    readonly problems: readonly { readonly resolutionKind?: string }[];
  };
}

let packed: PackedPackage;
let database: ThrowAwayDatabase;

/** The example of five lines below a heading of the README. */
function findExample(heading: string): string {
  const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');
  const [, example = ''] = readme.match(new RegExp(`^## ${heading}\n[^#]*?\`\`\`ts\n(.*?)\`\`\``, 'ms')) ?? [];
  expect(example.trim().split('\n')).toHaveLength(5);
  return example;
}

const runExample = (heading: string, environment: Record<string, string> = {}) =>
  packed.runScript('example.mjs', SPOKEN + findExample(heading) + END, environment);

/** Runs a command that is installed here; its output is part of the error when it fails. */
async function runInstalled(command: string, args: readonly string[]): Promise<string> {
  const binary = path.join(__dirname, '../node_modules/.bin', command);
  return run(binary, args, { cwd: packed.project }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => {
      throw new Error(`${command} failed:\n${stdout}${stderr}`);
    },
  );
}

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  packed = await installPackedPackage();
});

afterAll(async () => {
  await packed[Symbol.asyncDispose]();
  await database.drop();
});

test('the packed package depends on nothing, and its manifest leads only to files that are packed', async () => {
  const { dependencies, devDependencies, exports } = require(
    path.join(packed.project, 'node_modules', NAME, 'package.json'),
  ) as { dependencies?: object; devDependencies?: object; exports: Record<string, object> };
  expect({ dependencies, devDependencies }).toEqual({});
  expect(Object.keys(exports)).toEqual(ENTRIES.map((entry) => `.${entry}`));
  for (const conditions of Object.values(exports)) expect(Object.keys(conditions)).toEqual(['types', 'default']);
  const { stdout } = await run('tar', ['-tzf', packed.tarball]);
  const files = stdout.trim().split('\n');
  expect(files).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE'].map((f) => `package/${f}`)));
  expect(files.filter((file) => /\.test\.|\.map$|\/(src|testing)\//.test(file))).toEqual([]);
});

test('publint and attw find nothing to complain of', async () => {
  expect(await runInstalled('publint', [packed.tarball, '--strict'])).toContain('All good!');
  const report: TypesReport = JSON.parse(
    await runInstalled('attw', [packed.tarball, '--profile', 'node16', '--format', 'json']),
  );
  expect(Object.keys(report.analysis.entrypoints)).toEqual(ENTRIES.map((entry) => `.${entry}`));
  // Resolvers from before Node.js 12 know no subpaths.
  expect(report.analysis.problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([]);
});

test('without the drivers every entry loads by require and by import, and the same names are there', async () => {
  const modules = JSON.stringify(ENTRIES.map((entry) => NAME + entry));
  const required = `console.log(JSON.stringify(${modules}.map((name) => Object.keys(require(name)).sort())));`;
  const imported = `const modules = await Promise.all(${modules}.map((name) => import(name)));
    const named = (module) => Object.keys(module).filter((name) => !['default', 'module.exports', '__esModule'].includes(name));
    console.log(JSON.stringify(modules.map((module) => named(module).sort())));`;
  const names = JSON.parse(await packed.runScript('entries.cjs', required)) as string[][];
  expect(names.every((ofEntry) => ofEntry.length > 0)).toBe(true);
  expect(JSON.parse(await packed.runScript('entries.mjs', imported))).toEqual(names);
});

test('without the drivers the memory provider works, and the others say what to install', async () => {
  const output = await packed.runScript(
    'memory.cjs',
    `${EXCHANGE}
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

test('the types hold for ES modules, among them the examples of the README, and for a CommonJS module, the drivers being away', async () => {
  await packed.addInstalled('@types/node');
  await packed.write('consumer.mts', CONSUMER);
  await packed.write('consumer.cts', CONSUMER);
  const examples = ['PostgreSQL', 'RabbitMQ', 'Memory'];
  for (const heading of examples) await packed.write(`${heading}.mts`, findExample(heading));
  const files = ['consumer.mts', 'consumer.cts', ...examples.map((heading) => `${heading}.mts`)];
  const options = [
    '--noEmit',
    '--strict',
    '--skipDefaultLibCheck',
    '--module',
    'node16',
    '--target',
    'es2022',
    '--types',
    'node',
  ];
  const tsc = [require.resolve('typescript/bin/tsc'), ...options, ...files];
  const { stdout } = await run(process.execPath, tsc, { cwd: packed.project }).catch((error) => error);
  expect(stdout).toBe('');
});

test('the packed package sends and consumes over PostgreSQL by require and by import', async () => {
  await packed.addInstalled('pg');
  const create = `exchange(new PgmqProvider({ connectionString: ${JSON.stringify(database.url)} }));`;
  const required = `${EXCHANGE} const { PgmqProvider } = require('${NAME}/pgmq'); ${create}`;
  const imported = `import { PgmqProvider } from '${NAME}/pgmq'; ${EXCHANGE} ${create}`;
  expect(await packed.runScript('pgmq.cjs', required)).toBe('{"hello":"world"}');
  expect(await packed.runScript('pgmq.mjs', imported)).toBe('{"hello":"world"}');
});

(broker === null ? test.skip : test)(
  'the packed package sends and consumes over RabbitMQ by require and by import',
  async () => {
    await packed.addInstalled('amqplib');
    // Each has a queue of its own: one that was just deleted and declared again may refuse what is sent.
    const create = () =>
      `exchange(new RabbitMqProvider({ url: ${JSON.stringify(broker)}, prefix: '${uniquePrefix()}' }));`;
    const required = `${EXCHANGE} const { RabbitMqProvider } = require('${NAME}/rabbitmq'); ${create()}`;
    const imported = `import { RabbitMqProvider } from '${NAME}/rabbitmq'; ${EXCHANGE} ${create()}`;
    expect(await packed.runScript('rabbitmq.cjs', required)).toBe('{"hello":"world"}');
    expect(await packed.runScript('rabbitmq.mjs', imported)).toBe('{"hello":"world"}');
  },
);

test('the examples of the README for memory and PostgreSQL run', async () => {
  const printed = "{ to: 'ada@example.org' }";
  expect(await runExample('Memory')).toBe(printed);
  expect(await runExample('PostgreSQL', { DATABASE_URL: database.url })).toBe(printed);
});

(broker === null ? test.skip : test)('the example of the README for RabbitMQ runs', async () => {
  expect(await runExample('RabbitMQ', { RABBITMQ_URL: broker ?? '' })).toBe("{ to: 'ada@example.org' }");
});
