import { randomBytes } from 'node:crypto';
import { createRabbitMq } from '@tasker/broker';
import { startRabbitMq } from '@tasker/embedded-rabbitmq';
import { loadSettings } from '@tasker/settings';
import type { Pool } from 'pg';

/** A broker for one rehearsal. Disposing of it ends what was started for this. */
export interface RehearsalBroker extends AsyncDisposable {
  readonly url: string;
  /** Where it is, in words. */
  readonly description: string;
  /** What keeps its queues apart from those of others on the same broker. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Removes its queues, and gives how many messages were dead letters.
   * @param pool - the migrated database, which knows the names of the queues
   */
  removeQueues(pool: Pool): Promise<number>;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

async function removeQueues(pool: Pool, url: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const { settings } = loadSettings({ variables: { RABBITMQ_URL: url, ...environment } });
  const provider = createRabbitMq(settings.rabbitmq, 'rehearsal', SILENT);
  await provider.start();
  try {
    const { rows } = await pool.query<{ queue: string }>('select q as queue from tasker.engine_queues() as q');
    let deadCount = 0;
    for (const { queue } of rows) {
      const deadLetters = `${queue}_dlq`;
      await provider.ensureQueues([deadLetters]);
      deadCount += (await provider.stats(deadLetters)).visibleCount;
      for (const name of [queue, deadLetters]) await provider.deleteQueue(name);
    }
    return deadCount;
  } finally {
    await provider.stop();
  }
}

/**
 * Gives the broker that is given, else what the test suites would take: a container, the broker of RABBITMQ_URL, or a private node.
 * @throws {RabbitMqUnavailableError} when none is to be had
 */
export async function openBroker(givenUrl: string | undefined): Promise<RehearsalBroker> {
  const environment = { TASKER__rabbitmq__queue_prefix: `rehearsal-${randomBytes(4).toString('hex')}` };
  const server = givenUrl === undefined ? await startRabbitMq() : null;
  const url = server?.url ?? givenUrl ?? '';
  return {
    url,
    description: server?.description ?? 'the broker that is given',
    environment,
    removeQueues: (pool) => removeQueues(pool, url, environment),
    async [Symbol.asyncDispose]() {
      await server?.stop();
    },
  };
}
