import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@iarna/toml';
import { loadSettings } from './load-settings';
import { copyConfig } from './testing/config-copy';

const BLOCKS = join(__dirname, '..', 'fixtures', 'deployment-guide');
/** Where a block belongs that does not say so. */
const PRODUCTION = 'environments/production/orchestration.toml';

function leavesOf(table: object, path: readonly string[] = []): readonly (readonly [string, unknown])[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const here = [...path, name];
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isTable ? leavesOf(value, here) : [[here.join('.'), value] as const];
  });
}

test('there are all fourteen blocks of the deployment guide', () => {
  expect(readdirSync(BLOCKS)).toHaveLength(14);
});

test.each(readdirSync(BLOCKS))('the block %s is loaded as given, in the file that it names', (name) => {
  using copy = copyConfig();
  const block = readFileSync(join(BLOCKS, name), 'utf8');
  const file = /^# config\/tasker\/(\S+)/.exec(block)?.[1] ?? PRODUCTION;
  copy.write(file, block);
  const loaded = loadSettings({
    variables: {},
    directory: copy.directory,
    environment: file === PRODUCTION || file.includes('production') ? 'production' : 'development',
  });
  const effective = new Map(loaded.listValues().map(({ key, value }) => [key, value]));
  const leaves = leavesOf(parse(block));
  expect(leaves.length).toBeGreaterThan(0);
  for (const [key, value] of leaves) {
    const isPlaceholder = typeof value === 'string' && value.startsWith('${');
    expect([key, effective.get(key)]).toEqual([key, isPlaceholder ? '0.0.0.0:9190' : value]);
    expect([key, loaded.sourceOf(key)]).toEqual([key, join(copy.directory, file)]);
  }
});

test('the address of the gRPC server is that of the variable which its placeholder names', () => {
  const variables = { TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: '127.0.0.1:9999' };
  expect(loadSettings({ variables }).settings.orchestration.grpc.bind_address).toBe('127.0.0.1:9999');
});
