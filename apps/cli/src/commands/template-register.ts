import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { clientOf, examples, wantsJson } from '../global-options';
import { registerFiles } from '../register-files';

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
