import { type EffectiveValue, findNearestKey } from '@tasker/config';
import type { Command } from 'commander';
import { addConfigOptions, addProcessOption, type ConfigOptions, loadChosenSettings } from '../config-options';
import { type Console, writeJson, writeLine } from '../console';
import { usageError } from '../errors';
import { examples, wantsJson } from '../global-options';
import { renderTable } from '../view/render-table';

function filterValues(values: readonly EffectiveValue[], filter: string | undefined): readonly EffectiveValue[] {
  if (filter === undefined) return values;
  const chosen = values.filter(({ key }) => key === filter || key.startsWith(`${filter}.`));
  if (chosen.length > 0) return chosen;
  const nearest = findNearestKey(
    filter.split('.'),
    values.map(({ key }) => key),
  );
  throw usageError(`there is no key ${filter}${nearest === null ? '' : `; did you mean ${nearest}?`}`);
}

function show(filter: string | undefined, options: ConfigOptions, command: Command, console: Console): void {
  const { environment, directory, listValues } = loadChosenSettings(options, console);
  const values = filterValues(listValues(), filter);
  if (wantsJson(command)) {
    writeJson(console, { environment, directory, values });
    return;
  }
  const rows = values.map(({ key, value, source }) => [key, JSON.stringify(value), source]);
  writeLine(console.stdout, `environment ${environment}, files: ${directory ?? 'none'}`);
  for (const line of renderTable(['KEY', 'VALUE', 'SOURCE'], rows)) writeLine(console.stdout, line);
}

/** Adds `tasker config show`. */
export function addConfigShowCommand(parent: Command, console: Console): void {
  addProcessOption(addConfigOptions(parent.command('show')))
    .summary('show the configuration in force')
    .description('Shows the configuration in force, with the source of each value. Secrets are not shown.')
    .argument('[key]', 'only this key, or the keys of this table, such as orchestration.hybrid')
    .addHelpText(
      'after',
      examples('tasker config show database --env production', 'tasker config show --process worker --json'),
    )
    .action((key: string | undefined, options: ConfigOptions, command: Command) =>
      show(key, options, command, console),
    );
}
