import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS_SCHEMA } from '@tasker/settings';
import type { EffectTest } from './effect-tests';
import { KEY_EFFECTS } from './key-effects';

const ROOT = join(__dirname, '..', '..');

interface Schema {
  readonly properties?: Readonly<Record<string, object>>;
}

/** All keys of a schema, their parts joined by dots. */
function listKeys({ properties }: Schema, prefix: readonly string[] = []): readonly string[] {
  if (properties === undefined) return [prefix.join('.')];
  return Object.entries(properties).flatMap(([name, inner]) => listKeys(inner as Schema, [...prefix, name]));
}

const KEYS = listKeys(SETTINGS_SCHEMA);
const ENTRIES = Object.keys(KEY_EFFECTS);

/** Whether an entry is for a key; `*` stands for one part. */
function isFor(entry: string, key: string): boolean {
  const [parts, wanted] = [key.split('.'), entry.split('.')];
  return parts.length === wanted.length && wanted.every((part, index) => part === '*' || part === parts[index]);
}

/** Whether the file declares a test of that name, which is written as a literal. */
function hasTest([file, name]: EffectTest): boolean {
  const path = join(ROOT, file);
  if (!existsSync(path)) return false;
  const pattern = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\(\\s*(['"\`])${pattern}\\1,`).test(readFileSync(path, 'utf8'));
}

test('the keys of the configuration are known', () => {
  expect(KEYS).toContain('orchestration.hybrid.polling_interval_ms');
  expect(KEYS.length).toBeGreaterThan(80);
});

test('every key has one entry with a test of its effect', () => {
  const without = KEYS.filter((key) => ENTRIES.filter((entry) => isFor(entry, key)).length !== 1);
  expect(without).toEqual([]);
  expect(ENTRIES.filter((entry) => KEY_EFFECTS[entry]?.length === 0)).toEqual([]);
});

test('no entry is for a key that does not exist', () => {
  expect(ENTRIES.filter((entry) => !KEYS.some((key) => isFor(entry, key)))).toEqual([]);
});

test('every test that is named is there', () => {
  const missing = Object.values(KEY_EFFECTS)
    .flat()
    .filter((one) => !hasTest(one));
  expect(missing).toEqual([]);
});

test('a test that is not there is found out', () => {
  expect(hasTest(['e2e/src/key-effects.test.ts', 'a test that is not there is found out'])).toBe(true);
  expect(hasTest(['e2e/src/key-effects.test.ts', 'a test that nobody wrote'])).toBe(false);
  expect(hasTest(['e2e/src/nowhere.test.ts', 'any'])).toBe(false);
});
