import type { Command } from 'commander';
import { type Console, writeJson } from '../console';
import { followTask } from '../follow-task';
import { clientOf, examples, wantsJson } from '../global-options';

/** Adds `tasker task watch`. */
export function addTaskWatchCommand(parent: Command, console: Console): void {
  parent
    .command('watch')
    .summary('follow a task until it ends')
    .description(
      'Shows the steps of a task as they go: in place on a terminal, one line per change elsewhere, and with --json the task when it has ended.\n' +
        'Exit status 0 when the task is complete, 2 when it ended otherwise or waits for an operator (blocked_by_failures).',
    )
    .argument('<uuid>', "the task's id")
    .addHelpText('after', examples('tasker task watch 019b2f6e-7c1a-7000-8000-000000000001'))
    .action(async (taskUuid: string, _options: object, command: Command) => {
      const json = wantsJson(command);
      const task = await followTask(clientOf(command, console), taskUuid, console, { quiet: json });
      if (json) writeJson(console, task);
    });
}
