import { parseArgs } from 'node:util';
import { ConfigError } from '@tasker/config';
import type { SettingsRequest } from './load-settings';
import { parseOverrides } from './parse-overrides';

const OPTIONS = {
  env: { type: 'string' },
  dir: { type: 'string' },
  set: { type: 'string', multiple: true },
} as const;

/**
 * Reads what a process is told on its command line: `--env <environment>`, `--dir <directory>`, `--set <key>=<value>`.
 * @throws {ConfigError} for anything else
 */
export function readArguments(
  args: readonly string[],
): Pick<SettingsRequest, 'directory' | 'environment' | 'overrides'> {
  const { env, dir, set = [] } = parse(args);
  return { environment: env, directory: dir, overrides: parseOverrides(set) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch {
    // What the parser says repeats the argument, which may be a secret without its key.
    const message = 'is not understood: there are --env <environment>, --dir <directory> and --set <key>=<value>';
    throw new ConfigError([{ source: 'command line', key: '', message }]);
  }
}
