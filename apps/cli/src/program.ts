import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addCapacityCommand } from './commands/capacity';
import { addConfigReferenceCommand } from './commands/config-reference';
import { addConfigShowCommand } from './commands/config-show';
import { addConfigValidateCommand } from './commands/config-validate';
import { addDevCommand } from './commands/dev';
import { addMigrateCommand } from './commands/migrate';
import { addQueueDrainCommand } from './commands/queue-drain';
import { addQueueListCommand } from './commands/queue-list';
import { addTaskCancelCommand } from './commands/task-cancel';
import { addTaskCreateCommand } from './commands/task-create';
import { addTaskGetCommand } from './commands/task-get';
import { addTaskListCommand } from './commands/task-list';
import { addTaskWatchCommand } from './commands/task-watch';
import { addTemplateListCommand } from './commands/template-list';
import { addTemplateRegisterCommand } from './commands/template-register';
import { addTemplateValidateCommand } from './commands/template-validate';
import type { Console } from './console';
import { addGlobalOptions } from './global-options';

const EXIT_STATUS = `
Exit status:
  0  done
  1  the arguments, the configuration, a template or an input are not valid
  2  what was asked for failed, or a watched task did not complete
  3  the orchestrator or the database cannot be reached

Start with 'tasker dev --help'.`;

/** That of this package, which all share. */
function readVersion(): string {
  return (JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }).version;
}

/** Gives the command with all its sub-commands; it throws instead of ending the process. */
export function createProgram(console: Console): Command {
  const program = addGlobalOptions(new Command('tasker'))
    .description('Runs and looks after workflows on PostgreSQL.')
    .version(readVersion())
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => console.stdout.write(text),
      writeErr: (text) => console.stderr.write(text),
    })
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', EXIT_STATUS)
    .exitOverride();
  addDevCommand(program, console);
  addMigrateCommand(program, console);
  addCapacityCommand(program, console);

  const config = program.command('config').description('Checks and shows the configuration.');
  addConfigValidateCommand(config, console);
  addConfigShowCommand(config, console);
  addConfigReferenceCommand(config, console);

  const template = program.command('template').description('Checks and registers workflow templates.');
  addTemplateValidateCommand(template, console);
  addTemplateRegisterCommand(template, console);
  addTemplateListCommand(template, console);

  const task = program.command('task').description('Creates tasks and looks after them.');
  addTaskCreateCommand(task, console);
  addTaskGetCommand(task, console);
  addTaskListCommand(task, console);
  addTaskWatchCommand(task, console);
  addTaskCancelCommand(task, console);

  const queue = program.command('queue').description('Shows the queues, and moves them to another backend.');
  addQueueListCommand(queue, console);
  addQueueDrainCommand(queue, console);
  return program;
}
