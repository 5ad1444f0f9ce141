import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDurationMs } from './read-duration';
import { readStack } from './read-stack';

const directory = mkdtempSync(join(tmpdir(), 'stack-'));
afterAll(() => rmSync(directory, { recursive: true }));

function writeFiles(...texts: readonly string[]): readonly string[] {
  return texts.map((text, index) => {
    const file = join(directory, `${index}.yml`);
    writeFileSync(file, text);
    return file;
  });
}

test('a later file adds to maps and lists, and replaces values and commands', () => {
  const below = `
x-common: &common
  stop_grace_period: 45s
services:
  worker:
    <<: *common
    image: worker:1
    command: [run, fast]
    environment: { LOG_LEVEL: info, TASKER_ENV: production }
    secrets: [database_url]
`;
  const above = `
services:
  worker:
    command: [run]
    environment: { LOG_LEVEL: debug }
    secrets: [rabbitmq_url]
`;
  expect(readStack(writeFiles(below, above), {}).services).toEqual({
    worker: {
      image: 'worker:1',
      command: ['run'],
      environment: { LOG_LEVEL: 'debug', TASKER_ENV: 'production' },
      secrets: ['database_url', 'rabbitmq_url'],
      stop_grace_period: '45s',
    },
  });
});

test('variables are put in; one without a value and a default is an error that says what to give', () => {
  const files = writeFiles(
    `services: { cli: { image: "cli:\${VERSION:?give the version}", command: ["\${MODE:-none}"] } }`,
  );
  expect(readStack(files, { VERSION: '1.2.3' }).services.cli).toEqual({ image: 'cli:1.2.3', command: ['none'] });
  expect(() => readStack(files, {})).toThrow('the variable VERSION is not given: give the version');
});

test.each([
  ['45s', 45_000],
  ['1m30s', 90_000],
  ['250ms', 250],
])('%s is a duration of %d ms', (text, expected) => {
  expect(readDurationMs(text)).toBe(expected);
});

test('what is no duration is refused', () => {
  expect(() => readDurationMs('45')).toThrow('45 is not a duration');
});
