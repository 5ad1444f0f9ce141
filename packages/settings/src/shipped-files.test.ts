import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listKeys } from '@tasker/config';
import { loadSettings } from './load-settings';
import { SETTINGS_SCHEMA } from './schema/settings-schema';
import { copyConfig, SHIPPED_FILES } from './testing/config-copy';

const KEYS = listKeys(SETTINGS_SCHEMA);

/** The lines of the base files, by the table that they are in. */
function linesByTable(): ReadonlyMap<string, readonly string[]> {
  const tables = new Map<string, string[]>();
  let table = '';
  for (const name of readdirSync(join(SHIPPED_FILES, 'base'))) {
    for (const line of readFileSync(join(SHIPPED_FILES, 'base', name), 'utf8').split('\n')) {
      table = /^\[(.+)\]$/.exec(line)?.[1] ?? table;
      tables.set(table, [...(tables.get(table) ?? []), line]);
    }
  }
  return tables;
}

test('the base files state every key, with its effect in the line above', () => {
  const tables = linesByTable();
  for (const { path, key, schema } of KEYS) {
    const lines = tables.get(path.slice(0, -1).join('.')) ?? [];
    const at = lines.indexOf(`# ${schema.description}`);
    expect([key, at >= 0 && lines[at + 1]?.replace(/^# /, '').startsWith(`${path.at(-1)} = `)]).toEqual([key, true]);
  }
});

test('the base files give what holds without files', () => {
  using base = copyConfig({ isEmpty: true });
  for (const name of readdirSync(join(SHIPPED_FILES, 'base'))) {
    base.write(`base/${name}`, readFileSync(join(SHIPPED_FILES, 'base', name), 'utf8'));
  }
  using none = copyConfig({ isEmpty: true });
  none.write('base/none.toml', '');
  const shipped = loadSettings({ variables: {}, directory: base.directory });
  expect(shipped.settings).toEqual(loadSettings({ variables: {}, directory: none.directory }).settings);
  const unstated = KEYS.filter(({ key }) => shipped.sourceOf(key) === 'default').map(({ key }) => key);
  expect(unstated).toEqual([]);
});

test.each(['development', 'test', 'production'])('the files of the environment %s are valid', (environment) => {
  const loaded = loadSettings({ variables: {}, directory: SHIPPED_FILES, environment });
  const own = loaded.listValues().filter(({ source }) => source.includes(`/environments/${environment}/`));
  expect(own.length).toBeGreaterThan(0);
});

test('each key says in one line what it does, and no two schemas of keys have the same place', () => {
  for (const { key, schema } of KEYS)
    expect([key, schema.description]).toEqual([key, expect.stringMatching(/^\S.+\S$/)]);
  expect(new Set(KEYS.map(({ key }) => key)).size).toBe(KEYS.length);
});
