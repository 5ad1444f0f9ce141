import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
/** The TOML blocks of the deployment guide, one file each. */
export const BLOCKS = join(ROOT, 'packages', 'settings', 'fixtures', 'deployment-guide');
/** Where a block belongs that does not say so. */
const PRODUCTION = 'environments/production/orchestration.toml';

/** A directory of configuration, removed when disposed of. */
export interface GuideConfig extends Disposable {
  /** What makes a process use it. */
  readonly env: { readonly TASKER_ENV: string; readonly TASKER_CONFIG_DIR: string };
}

/** Copies the shipped configuration and replaces the files that the blocks name by them, as an operator would. */
export function configureByBlocks(...names: readonly string[]): GuideConfig {
  const directory = mkdtempSync(join(tmpdir(), 'tasker-guide-'));
  cpSync(join(ROOT, 'config', 'tasker'), directory, { recursive: true });
  let environment = 'test';
  for (const name of names) {
    const block = readFileSync(join(BLOCKS, name), 'utf8');
    const path = /^# config\/tasker\/(\S+)/.exec(block)?.[1] ?? PRODUCTION;
    if (path.startsWith('environments/production/')) environment = 'production';
    writeFileSync(join(directory, path), block);
  }
  return {
    env: { TASKER_ENV: environment, TASKER_CONFIG_DIR: directory },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
