import type { MessagingProvider, QueueStats } from '@tasker/messaging';
import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { examples, wantsJson } from '../global-options';
import {
  addQueueOptions,
  type Backend,
  findQueueStats,
  listEngineQueues,
  openBackends,
  type QueueOptions,
} from '../queue-backends';
import { formatDuration } from '../view/format-duration';
import { renderTable } from '../view/render-table';

interface ListedQueue extends QueueStats {
  readonly backend: Backend;
}

async function readStats(
  provider: MessagingProvider,
  backend: Backend,
  queues: readonly string[],
): Promise<readonly ListedQueue[]> {
  const stats = await Promise.all(queues.map((queue) => findQueueStats(provider, queue)));
  return stats.flatMap((one) => (one === null ? [] : [{ backend, ...one }]));
}

async function list(options: QueueOptions, command: Command, console: Console): Promise<void> {
  await using backends = openBackends(options, console);
  const database = await backends.open('pgmq');
  const queues = await listEngineQueues(database);
  const inDatabase = await readStats(database, 'pgmq', queues);
  const atBroker =
    backends.configured === 'rabbitmq' || options.rabbitmqUrl !== undefined
      ? await readStats(await backends.open('rabbitmq'), 'rabbitmq', queues)
      : [];
  const all = [...inDatabase, ...atBroker];
  if (wantsJson(command)) return writeJson(console, { backend: backends.configured, queues: all });
  const rows = all.map(({ queue, backend, visibleCount, invisibleCount, oldestAgeMs }) => [
    queue,
    backend,
    String(visibleCount),
    String(invisibleCount),
    oldestAgeMs === null ? '' : formatDuration(oldestAgeMs),
  ]);
  for (const line of renderTable(['QUEUE', 'BACKEND', '>READY', '>HELD', '>OLDEST'], rows))
    writeLine(console.stdout, line);
}

/** Adds `tasker queue list`. */
export function addQueueListCommand(parent: Command, console: Console): void {
  addQueueOptions(parent.command('list'))
    .summary('show what waits in each queue')
    .description(
      'Shows how many messages are in each queue of Tasker, in the database and at the broker if there is one.',
    )
    .addHelpText('after', examples('tasker queue list', 'tasker queue list --rabbitmq-url amqp://localhost --json'))
    .action((options: QueueOptions, command: Command) => list(options, command, console));
}
