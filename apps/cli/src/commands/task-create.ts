import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, usageError } from '../errors';
import { followTask } from '../follow-task';
import { clientOf, examples, wantsJson } from '../global-options';
import { readContext } from '../read-context';
import { parseTaskReference } from '../task-reference';

interface CreateOptions {
  readonly context?: string;
  readonly contextFile?: string;
  readonly tag?: string[];
  readonly priority?: number;
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  readonly reason?: string;
  readonly watch?: boolean;
}

function parsePriority(text: string): number {
  if (/^-?\d{1,3}$/.test(text)) return Number(text);
  throw usageError(`--priority is '${text}': it must be a whole number from -100 to 100`);
}

/** Says what to do about a task that exists already. */
function explainDuplicate(error: unknown): never {
  const existing = (error as { details?: { task_uuid?: unknown } | null }).details?.task_uuid;
  if (!(error instanceof CliError) || error.code !== 'CONFLICT' || typeof existing !== 'string') throw error;
  const message = `${error.message}: the same work was asked for before\nSee it with 'tasker task get ${existing}', or run it once more under another --idempotency-key.`;
  throw new CliError(message, error.exitCode, error.code, error.details, { cause: error });
}

async function create(reference: string, options: CreateOptions, command: Command, console: Console): Promise<void> {
  const client = clientOf(command, console);
  const json = wantsJson(command);
  const { tag, priority, idempotencyKey, correlationId, reason } = options;
  const created = await client
    .createTask({
      ...parseTaskReference(reference),
      context: await readContext(options, console),
      source_system: 'tasker-cli',
      ...(tag === undefined ? {} : { tags: tag }),
      ...(priority === undefined ? {} : { priority }),
      ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
      ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
      ...(reason === undefined ? {} : { reason }),
    })
    .catch(explainDuplicate);
  if (!json) writeLine(console.stdout, `created task ${created.task_uuid}`);
  const task = options.watch ? await followTask(client, created.task_uuid, console, { quiet: json }) : created;
  if (json) writeJson(console, task);
  else if (!options.watch) writeLine(console.stdout, `follow it with: tasker task watch ${task.task_uuid}`);
}

/** Adds `tasker task create`. */
export function addTaskCreateCommand(parent: Command, console: Console): void {
  parent
    .command('create')
    .summary('run a workflow')
    .description(
      'Runs a workflow: creates a task of the registered template, of its highest version unless one is named.',
    )
    .argument('<workflow>', '<namespace>/<name> or <namespace>/<name>@<version>')
    .option('--context <json>', "the task's input, a JSON object")
    .option('--context-file <path>', "a file with the task's input, or - for standard input")
    .option('--tag <tag...>', 'tags to find the task by')
    .option('--priority <number>', '-100 to 100; higher goes first', parsePriority)
    .option('--idempotency-key <key>', 'what makes a second request the same task')
    .option('--correlation-id <uuid>', 'an id that is carried through all messages and logs')
    .option('--reason <text>', 'why the task is requested')
    .option('--watch', 'follow the task until it ends; exit status as of task watch')
    .addHelpText(
      'after',
      examples(
        `tasker task create shop/order_fulfilment --context-file order.json --watch`,
        `echo '{"dataset": "flights-20k.json"}' | tasker task create analytics/flight_delays@1.0.0 --context-file -`,
      ),
    )
    .action((reference: string, options: CreateOptions, command: Command) =>
      create(reference, options, command, console),
    );
}
