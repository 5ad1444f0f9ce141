import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from './environment';

const secretFile = join(mkdtempSync(join(tmpdir(), 'tasker-config-')), 'url');
writeFileSync(secretFile, 'postgresql://secret\n');

test('a variable that is empty counts as not set', () => {
  const environment = readEnvironment({ A: '' });
  expect(environment.find('A')).toBeUndefined();
  expect(() => environment.get('A')).toThrow('A is not set: give it, or A_FILE with a path');
});

test('a value may come from a file, its last line break left out', () => {
  expect(readEnvironment({ A_FILE: secretFile }).get('A')).toBe('postgresql://secret');
});

test('a variable and its file must not differ', () => {
  expect(() => readEnvironment({ A: 'other', A_FILE: secretFile }).find('A')).toThrow('both set and differ');
  expect(readEnvironment({ A: 'postgresql://secret', A_FILE: secretFile }).find('A')).toBe('postgresql://secret');
});

test('a file that cannot be read is named', () => {
  expect(() => readEnvironment({ A_FILE: '/nowhere' }).find('A')).toThrow(
    'A_FILE names /nowhere, which cannot be read',
  );
});

test('a whole number stays within its bounds', () => {
  const bounds = { min: 1, max: 10, fallback: 3 };
  expect(readEnvironment({}).integer('N', bounds)).toBe(3);
  expect(readEnvironment({ N: '10' }).integer('N', bounds)).toBe(10);
  for (const N of ['0', '11', '1.5', 'ten']) {
    expect(() => readEnvironment({ N }).integer('N', bounds)).toThrow(
      `N is '${N}': it must be a whole number from 1 to 10`,
    );
  }
});

test('a list is cut at commas', () => {
  expect(readEnvironment({ L: 'a, b,,c ' }).list('L')).toEqual(['a', 'b', 'c']);
  expect(readEnvironment({}).list('L')).toEqual([]);
});
