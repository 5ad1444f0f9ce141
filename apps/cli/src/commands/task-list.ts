import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { clientOf, examples, wantsJson } from '../global-options';
import { renderTable } from '../view/render-table';

interface ListOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly status?: string[];
  readonly tag?: string;
  readonly correlationId?: string;
  readonly initiator?: string;
  readonly createdFrom?: string;
  readonly createdBefore?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

async function list(options: ListOptions, command: Command, console: Console): Promise<void> {
  const page = await clientOf(command, console).listTasks({
    namespace: options.namespace,
    name: options.name,
    status: options.status?.join(','),
    tag: options.tag,
    correlation_id: options.correlationId,
    initiator: options.initiator,
    created_from: options.createdFrom,
    created_before: options.createdBefore,
    limit: options.limit,
    cursor: options.cursor,
  });
  if (wantsJson(command)) return writeJson(console, page);
  const rows = page.tasks.map((task) => [
    task.task_uuid,
    `${task.namespace}/${task.name}@${task.version}`,
    task.status,
    `${task.completed_steps}/${task.total_steps}`,
    task.created_at,
  ]);
  for (const line of renderTable(['TASK', 'WORKFLOW', 'STATUS', '>STEPS', 'CREATED'], rows)) {
    writeLine(console.stdout, line);
  }
  const { next_cursor: cursor } = page.pagination;
  if (cursor !== null) writeLine(console.stdout, `there are more: add --cursor ${cursor}`);
}

/** Adds `tasker task list`. */
export function addTaskListCommand(parent: Command, console: Console): void {
  parent
    .command('list')
    .summary('list tasks, newest first')
    .description('Lists tasks, newest first, a page at a time.')
    .option('--namespace <namespace>', 'only of this namespace')
    .option('--name <name>', 'only of workflows with this name')
    .option('--status <status...>', 'only in one of these states')
    .option('--tag <tag>', 'only with this tag')
    .option('--correlation-id <uuid>', 'only with this correlation id')
    .option('--initiator <initiator>', 'only from this initiator')
    .option('--created-from <instant>', 'only created then or later, such as 2026-01-31T00:00:00Z')
    .option('--created-before <instant>', 'only created before')
    .option('--limit <count>', 'tasks per page, 1 to 100 (default: 25)')
    .option('--cursor <uuid>', 'where to go on, as the page before says')
    .addHelpText(
      'after',
      examples(
        'tasker task list --namespace shop --status blocked_by_failures error',
        'tasker task list --limit 100 --json',
      ),
    )
    .action((options: ListOptions, command: Command) => list(options, command, console));
}
