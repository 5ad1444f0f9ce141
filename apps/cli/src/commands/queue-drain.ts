import { type DrainReport, drainQueue } from '@tasker/broker';
import type { MessagingProvider } from '@tasker/messaging';
import { ORCHESTRATION_QUEUES } from '@tasker/store';
import { type Command, InvalidArgumentError } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, EXIT_CODES, usageError } from '../errors';
import { examples, wantsJson } from '../global-options';
import {
  addQueueOptions,
  type Backend,
  backendOption,
  findQueueStats,
  listEngineQueues,
  openBackends,
  type QueueOptions,
} from '../queue-backends';
import { renderTable } from '../view/render-table';

interface DrainCommandOptions extends QueueOptions {
  readonly from: Backend;
  readonly to: Backend;
  readonly wait: number;
  readonly dryRun?: boolean;
}

const DESCRIPTION = [
  'Moves the messages that are left in one backend to the other, while the system runs or stands still.',
  'Restart all processes with the new backend first; then nothing follows to the old one.',
  'A message leaves its old place when it is durable in the new one: none is lost, and one that comes twice does nothing.',
].join(' ');

/** Orchestration reads these in the database, whatever the backend. */
const STAYS = ORCHESTRATION_QUEUES.finalizations;

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0) throw new InvalidArgumentError('give seconds, 0 or more');
  return seconds;
}

/** What is there, as a report of a drain that moved nothing. */
async function look(from: MessagingProvider, queue: string): Promise<DrainReport> {
  const stats = await findQueueStats(from, queue);
  return { queue, moved: 0, left: stats === null ? 0 : stats.visibleCount + stats.invisibleCount };
}

function report(console: Console, reports: readonly DrainReport[]): void {
  const rows = reports
    .filter(({ moved, left }) => moved + left > 0)
    .map(({ queue, moved, left }) => [queue, String(moved), String(left)]);
  const lines =
    rows.length === 0 ? ['nothing to move: the queues are empty'] : renderTable(['QUEUE', '>MOVED', '>LEFT'], rows);
  for (const line of lines) writeLine(console.stdout, line);
}

async function drain(options: DrainCommandOptions, command: Command, console: Console): Promise<void> {
  if (options.from === options.to) throw usageError('--from and --to are the same backend');
  await using backends = openBackends(options, console);
  const [from, to] = [await backends.open(options.from), await backends.open(options.to)];
  const known = await listEngineQueues(options.from === 'pgmq' ? from : to);
  const queues = options.from === 'pgmq' ? known.filter((queue) => queue !== STAYS) : known;
  const reports: DrainReport[] = [];
  for (const queue of queues) {
    if (options.dryRun === true) reports.push(await look(from, queue));
    else reports.push(await drainQueue({ from, to, queue, patienceMs: options.wait * 1_000 }));
  }
  if (wantsJson(command)) writeJson(console, { from: options.from, to: options.to, queues: reports });
  else report(console, reports);
  const left = reports.reduce((sum, one) => sum + one.left, 0);
  if (left === 0 || options.dryRun === true) return;
  throw new CliError(
    `${left} message(s) are held or delayed and could not be moved; run the command again when they are free`,
    EXIT_CODES.failed,
    'MESSAGES_LEFT',
  );
}

/** Adds `tasker queue drain`. */
export function addQueueDrainCommand(parent: Command, console: Console): void {
  addQueueOptions(parent.command('drain'))
    .summary('move what is left in one backend to the other')
    .description(DESCRIPTION)
    .addOption(backendOption('--from <backend>', 'where the messages are').makeOptionMandatory())
    .addOption(backendOption('--to <backend>', 'where they shall be').makeOptionMandatory())
    .option('--dry-run', 'only show what would be moved')
    .option('--wait <seconds>', 'how long to wait for messages that are held or delayed', parseSeconds, 30)
    .addHelpText(
      'after',
      examples(
        'tasker queue drain --from pgmq --to rabbitmq --dry-run',
        'tasker queue drain --from rabbitmq --to pgmq',
      ),
    )
    .action((options: DrainCommandOptions, command: Command) => drain(options, command, console));
}
