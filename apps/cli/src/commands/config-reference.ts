import { writeFile } from 'node:fs/promises';
import { describeAllowed, listKeys } from '@tasker/config';
import { SETTINGS_SCHEMA } from '@tasker/settings';
import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { messageOf, usageError } from '../errors';
import { examples, wantsJson } from '../global-options';
import { renderConfigReference } from '../view/render-config-reference';

async function writeReference(file: string, command: Command, console: Console): Promise<void> {
  if (wantsJson(command)) {
    const keys = listKeys(SETTINGS_SCHEMA);
    return writeJson(
      console,
      keys.map(({ key, schema }) => ({ key, ...schema, allowed: describeAllowed(schema) })),
    );
  }
  await writeFile(file, renderConfigReference()).catch((cause: unknown) => {
    throw usageError(`cannot write ${file}: ${messageOf(cause)}`, { cause });
  });
  writeLine(console.stdout, `${file} written`);
}

/** Adds `tasker config reference`. */
export function addConfigReferenceCommand(parent: Command, console: Console): void {
  parent
    .command('reference')
    .summary('write the reference of all keys')
    .description('Writes the reference of all keys, with their types, bounds, defaults and effects, as Markdown.')
    .argument('[file]', 'where to', 'docs/configuration.md')
    .addHelpText('after', examples('tasker config reference', 'tasker config reference --json'))
    .action((file: string, _options: object, command: Command) => writeReference(file, command, console));
}
