import { createRabbitMq } from '@tasker/broker';
import { type MessagingProvider, QueueNotFoundError, type QueueStats } from '@tasker/messaging';
import { PgmqProvider } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import { type Command, Option } from 'commander';
import { addConfigOptions, type ConfigOptions, loadChosenSettings } from './config-options';
import type { Console } from './console';
import { CliError, EXIT_CODES, messageOf, usageError } from './errors';

/** What can keep the queues. */
export const BACKENDS = ['pgmq', 'rabbitmq'] as const;

/** One of {@link BACKENDS}. */
export type Backend = (typeof BACKENDS)[number];

/** What the commands about queues are told. */
export interface QueueOptions extends Omit<ConfigOptions, 'process'> {
  readonly databaseUrl?: string;
  readonly rabbitmqUrl?: string;
}

/** The backends of an installation. Disposing of them closes their connections. */
export interface QueueBackends extends AsyncDisposable {
  /** What the configuration says. */
  readonly configured: Backend;
  /** @throws {CliError} when it is not there */
  open(backend: Backend): Promise<MessagingProvider>;
}

/** Adds what says where the queues are. */
export function addQueueOptions(command: Command): Command {
  return addConfigOptions(command)
    .option('--database-url <url>', 'the database (default: DATABASE_URL, or the configuration)')
    .option('--rabbitmq-url <url>', 'the broker (default: RABBITMQ_URL, or the configuration)');
}

/** An option that names a backend. */
export function backendOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(BACKENDS);
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

function requireUrl(url: string, option: string, variable: string): string {
  if (url === '') throw usageError(`where is it? Give ${option} or set ${variable}`);
  return url;
}

function createProvider(backend: Backend, { database, rabbitmq }: Settings, options: QueueOptions): MessagingProvider {
  if (backend === 'pgmq') {
    const connectionString = requireUrl(options.databaseUrl ?? database.url, '--database-url', 'DATABASE_URL');
    return new PgmqProvider({ connectionString, poolSize: 2, install: false, logger: SILENT });
  }
  const url = requireUrl(options.rabbitmqUrl ?? rabbitmq.url, '--rabbitmq-url', 'RABBITMQ_URL');
  return createRabbitMq({ ...rabbitmq, url }, 'tasker queue', SILENT);
}

/** Gives the backends of the chosen configuration; nothing is connected before it is asked for. */
export function openBackends(options: QueueOptions, console: Console): QueueBackends {
  const { settings } = loadChosenSettings(options, console);
  const opened: MessagingProvider[] = [];
  return {
    configured: settings.messaging.backend,

    async open(backend) {
      const provider = createProvider(backend, settings, options);
      opened.push(provider);
      await provider.start().catch((cause: unknown) => {
        const message = `cannot use ${backend}: ${messageOf(cause)}\nIs it running, and is its URL right?`;
        throw new CliError(message, EXIT_CODES.unreachable, 'UNREACHABLE', undefined, { cause });
      });
      return provider;
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((provider) => provider.stop()));
    },
  };
}

const OF_ENGINE = /^(worker_[a-z0-9_]+_queue|orchestration_[a-z_]+|[a-z0-9_]+_domain_events)(_dlq)?$/;

/** Gives the queues of Tasker by name: the database knows them all, whatever delivers their messages. */
export async function listEngineQueues(database: MessagingProvider): Promise<readonly string[]> {
  return (await database.listQueues()).map(({ name }) => name).filter((name) => OF_ENGINE.test(name));
}

/** Gives a queue's state; null when the backend does not have the queue. */
export async function findQueueStats(provider: MessagingProvider, queue: string): Promise<QueueStats | null> {
  return provider.stats(queue).catch((error: unknown) => {
    if (error instanceof QueueNotFoundError) return null;
    throw error;
  });
}
