import { randomBytes } from 'node:crypto';
import { startRabbitMq } from '@tasker/embedded-rabbitmq';
import { RabbitMqProvider } from '@tasker/messaging/rabbitmq';
import { Client } from 'pg';

/** The backends that a fleet can run over. */
export const BACKENDS = ['pgmq', 'rabbitmq'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What a fleet needs of its backend beside the database. */
export interface BenchBroker {
  /** For every process. */
  readonly env: Readonly<Record<string, string>>;
  /** Null when messages are in the database. */
  readonly description: string | null;
  /** Removes the queues of this run and ends what was started; the database must still be there. */
  stop(databaseUrl: string): Promise<void>;
}

const IN_THE_DATABASE: BenchBroker = { env: {}, description: null, stop: async () => {} };

async function listEngineQueues(connectionString: string): Promise<readonly string[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ queue: string }>('select q as queue from tasker.engine_queues() as q');
    return rows.map(({ queue }) => queue);
  } finally {
    await client.end();
  }
}

async function deleteQueues(url: string, prefix: string, queues: readonly string[]): Promise<void> {
  await using provider = new RabbitMqProvider({ url, prefix });
  await provider.start();
  for (const queue of queues) {
    await provider.deleteQueue(queue);
    await provider.deleteQueue(`${queue}_dlq`);
  }
}

/**
 * Gives the backend of a run, with queues that no other system of the broker has.
 *
 * @throws {RabbitMqUnavailableError} when RabbitMQ is asked for and none is to be had.
 */
export async function startBenchBroker(backend: BackendName): Promise<BenchBroker> {
  if (backend === 'pgmq') return IN_THE_DATABASE;
  const broker = await startRabbitMq();
  const prefix = `bench-${randomBytes(6).toString('hex')}`;
  return {
    env: {
      TASKER_MESSAGING_BACKEND: 'rabbitmq',
      RABBITMQ_URL: broker.url,
      TASKER__rabbitmq__queue_prefix: prefix,
    },
    description: `RabbitMQ: ${broker.description}`,
    async stop(databaseUrl) {
      try {
        await deleteQueues(broker.url, prefix, await listEngineQueues(databaseUrl));
      } finally {
        await broker.stop();
      }
    },
  };
}
