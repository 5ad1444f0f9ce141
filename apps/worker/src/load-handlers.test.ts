import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handlerNameOf } from '@tasker/worker-sdk';
import { loadHandlers } from './load-handlers';

const SDK = JSON.stringify(require.resolve('@tasker/worker-sdk'));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'handlers-'));
});

afterEach(() => rm(directory, { recursive: true }));

function moduleOf(...names: string[]): string {
  const handlers = names.map((name) => `exports.${name} = defineHandler('${name}', {}, () => 1);`);
  return [`const { defineHandler, StepHandler } = require(${SDK});`, ...handlers].join('\n');
}

async function write(path: string, text: string): Promise<string> {
  const file = join(directory, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
}

async function namesIn(...paths: string[]): Promise<string[]> {
  const handlers = await loadHandlers(paths, async (file) => require(file));
  return handlers.map(handlerNameOf).sort();
}

test('every handler that a module exports is found, whatever else it exports', async () => {
  const file = await write(
    'a.js',
    `${moduleOf('one', 'two')}\nexports.three = class Three extends StepHandler { call() {} };\nexports.n = 1;`,
  );
  expect(await namesIn(file)).toEqual(['Three', 'one', 'two']);
});

test('a directory is searched, but for tests, hidden entries, dependencies and links that lead out of it', async () => {
  await write('in/a.js', moduleOf('one'));
  await write('in/deep/b.cjs', moduleOf('two'));
  await write('in/a.test.js', 'throw new Error()');
  await write('in/.hidden.js', 'throw new Error()');
  await write('in/node_modules/c.js', 'throw new Error()');
  await symlink(await write('outside.js', 'throw new Error()'), join(directory, 'in/link.js'));
  expect(await namesIn(join(directory, 'in'))).toEqual(['one', 'two']);
});

test('the same module twice is one, two handlers of one name are an error', async () => {
  const first = await write('a.js', moduleOf('one'));
  const second = await write('b.js', moduleOf('one'));
  expect(await namesIn(first, first)).toEqual(['one']);
  await expect(namesIn(first, second)).rejects.toThrow("two handlers are called 'one'");
});

test.each([
  ['nothing.js', null, 'there is no such file'],
  ['a.ts', '', 'compile it first'],
  ['a.json', '{}', 'is no JavaScript module'],
  ['empty.js', '', 'none of its 1 module(s) exports a handler'],
  ['broken.js', 'throw new Error("boom")', 'cannot be loaded: boom'],
])('%s is refused with the reason', async (name, text, message) => {
  const file = text === null ? join(directory, name) : await write(name, text);
  await expect(namesIn(file)).rejects.toThrow(message);
});
