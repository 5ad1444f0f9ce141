import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { clientOf, examples, wantsJson } from '../global-options';
import { renderTable } from '../view/render-table';

/** Adds `tasker template list`. */
export function addTemplateListCommand(parent: Command, console: Console): void {
  parent
    .command('list')
    .summary('list registered templates')
    .description('Lists the registered templates, newest version first.')
    .option('--namespace <namespace>', 'only of this namespace')
    .addHelpText('after', examples('tasker template list --namespace shop'))
    .action(async ({ namespace }: { namespace?: string }, command: Command) => {
      const answer = await clientOf(command, console).listTemplates(namespace);
      if (wantsJson(command)) return writeJson(console, answer);
      const rows = answer.templates.map(({ namespace: ns, name, version, step_count: steps, description }) => [
        `${ns}/${name}@${version}`,
        String(steps),
        description ?? '',
      ]);
      for (const line of renderTable(['WORKFLOW', '>STEPS', 'DESCRIPTION'], rows)) writeLine(console.stdout, line);
    });
}
