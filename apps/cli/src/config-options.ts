import { ConfigError } from '@tasker/config';
import { type LoadedSettings, loadSettings, type ProcessKind, parseOverrides } from '@tasker/settings';
import { type Command, Option } from 'commander';
import type { Console } from './console';
import { CliError, EXIT_CODES } from './errors';

/** What the commands about the configuration are told. */
export interface ConfigOptions {
  readonly env?: string;
  readonly dir?: string;
  readonly set: readonly string[];
  readonly process?: NonNullable<ProcessKind>;
}

/** Adds what chooses a configuration. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('--env <environment>', 'the environment (default: TASKER_ENV or development)')
    .option(
      '--dir <directory>',
      'the directory with base and environments (default: TASKER_CONFIG_DIR or config/tasker)',
    )
    .option('--set <key=value...>', 'give a key a value, over all other sources', []);
}

/** Adds the choice of the process that the configuration is for. */
export function addProcessOption(command: Command): Command {
  const kinds: readonly NonNullable<ProcessKind>[] = ['orchestration', 'worker'];
  return command.addOption(
    new Option('--process <kind>', 'as this process sees it, with all that it needs').choices(kinds),
  );
}

/** Loads the chosen configuration. @throws {CliError} with everything that is wrong */
export function loadChosenSettings({ env, dir, set, process }: ConfigOptions, console: Console): LoadedSettings {
  try {
    return loadSettings({
      variables: console.env,
      kind: process ?? null,
      environment: env,
      directory: dir,
      overrides: parseOverrides(set),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CliError(error.message, EXIT_CODES.invalid, 'INVALID_CONFIG', error.problems);
  }
}
