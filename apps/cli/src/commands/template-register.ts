import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Client, TemplateRegistrationResponse } from '../client';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, messageOf, usageError } from '../errors';
import { clientOf, examples, wantsJson } from '../global-options';

/** Registers template files one after the other. @throws {CliError} that names the file, at the first that is refused. */
export async function registerFiles(
  client: Pick<Client, 'registerTemplate'>,
  files: readonly string[],
): Promise<readonly TemplateRegistrationResponse[]> {
  const registered: TemplateRegistrationResponse[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw usageError(`cannot read ${file}: ${messageOf(cause)}`, { cause });
    });
    const answer = await client.registerTemplate(text).catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error;
      const hint = error.code === 'INVALID_TEMPLATE' ? `\nSee all mistakes with: tasker template validate ${file}` : '';
      throw new CliError(`${file}: ${error.message}${hint}`, error.exitCode, error.code, error.details, {
        cause: error,
      });
    });
    registered.push(answer);
  }
  return registered;
}

/** Adds `tasker template register`. */
export function addTemplateRegisterCommand(parent: Command, console: Console): void {
  parent
    .command('register')
    .summary('make templates known to the orchestrator')
    .description(
      'Registers template files. Safe to repeat; a version that has tasks does not change any more: give it a new one.',
    )
    .argument('<file...>', 'YAML files')
    .addHelpText('after', examples('tasker template register templates/order_fulfilment.yaml'))
    .action(async (files: string[], _options: object, command: Command) => {
      const answers = await registerFiles(clientOf(command, console), files);
      if (wantsJson(command)) return writeJson(console, answers);
      for (const { namespace, name, version, step_count: steps, status } of answers) {
        writeLine(console.stdout, `${status}: ${namespace}/${name} ${version}, ${steps} steps`);
      }
    });
}
