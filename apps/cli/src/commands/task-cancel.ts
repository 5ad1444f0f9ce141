import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { clientOf, examples, wantsJson } from '../global-options';

/** Adds `tasker task cancel`. */
export function addTaskCancelCommand(parent: Command, console: Console): void {
  parent
    .command('cancel')
    .summary('end a task before it is done')
    .description(
      'Cancels a task: steps that wait are cancelled, those that run are told to stop. Who did it goes into the log.',
    )
    .argument('<uuid>', "the task's id")
    .option('--reason <text>', 'why; kept in the log')
    .addHelpText('after', examples("tasker task cancel 019b2f6e-7c1a-7000-8000-000000000001 --reason 'sent twice'"))
    .action(async (taskUuid: string, { reason }: { reason?: string }, command: Command) => {
      const by = { actor: `tasker-cli:${userInfo().username}`, ...(reason === undefined ? {} : { reason }) };
      const task = await clientOf(command, console).cancelTask(taskUuid, by);
      if (wantsJson(command)) writeJson(console, task);
      else writeLine(console.stdout, `task ${taskUuid} is ${task.status}`);
    });
}
