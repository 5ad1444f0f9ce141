import type { Command } from 'commander';
import { type Console, usesColor, writeJson, writeLine } from '../console';
import { clientOf, examples, wantsJson } from '../global-options';
import { adviseOperator } from '../view/advise-operator';
import { renderTask } from '../view/render-task';

/** Adds `tasker task get`. */
export function addTaskGetCommand(parent: Command, console: Console): void {
  parent
    .command('get')
    .summary('show a task and its steps')
    .description(
      'Shows a task with its steps: state, attempts, duration and last failure. --json adds inputs and results.',
    )
    .argument('<uuid>', "the task's id")
    .addHelpText('after', examples('tasker task get 019b2f6e-7c1a-7000-8000-000000000001 --json'))
    .action(async (taskUuid: string, _options: object, command: Command) => {
      const client = clientOf(command, console);
      const task = await client.getTask(taskUuid);
      if (wantsJson(command)) return writeJson(console, task);
      const { columns = 200 } = console.stdout;
      const lines = renderTask(task, { nowMs: Date.now(), columns, useColor: usesColor(console) });
      for (const line of [...lines, ...adviseOperator(task, client.url)]) writeLine(console.stdout, line);
    });
}
