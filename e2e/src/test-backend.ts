import { randomBytes } from 'node:crypto';
import { createRabbitMq } from '@tasker/broker';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import type { MessagingProvider } from '@tasker/messaging';
import { loadSettings } from '@tasker/settings';
import { until } from '@tasker/testing';
import type { Pool } from 'pg';

/** What delivers the messages of a system. */
export interface TestBackend extends AsyncDisposable {
  readonly name: 'pgmq' | 'rabbitmq';
  /** For every process. */
  readonly env: Readonly<Record<string, string>>;
  /** A provider beside those of the processes; null when messages are in the database. */
  readonly provider: MessagingProvider | null;
  /** Resolves when no message waits for a consumer of the engine. */
  untilEmpty(): Promise<void>;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const PGMQ: TestBackend = {
  name: 'pgmq',
  env: {},
  provider: null,
  untilEmpty: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

/** Gives RabbitMQ with queues that no other system of the broker has. */
export async function useRabbitMq(
  pool: Pool,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestBackend> {
  const prefix = `e2e-${randomBytes(6).toString('hex')}`;
  const { settings } = loadSettings({ variables: { RABBITMQ_URL: url, TASKER__rabbitmq__queue_prefix: prefix } });
  const provider = createRabbitMq(settings.rabbitmq, 'end-to-end suites', SILENT);
  await provider.start();
  const listQueues = async () => {
    const { rows } = await pool.query<{ queue: string }>('select q as queue from tasker.engine_queues() as q');
    return rows.map(({ queue }) => queue);
  };
  const count = async (queue: string) => {
    await provider.ensureQueues([queue]);
    return (await provider.stats(queue)).visibleCount;
  };
  return {
    name: 'rabbitmq',
    env: { TASKER_MESSAGING_BACKEND: 'rabbitmq', RABBITMQ_URL: url, TASKER__rabbitmq__queue_prefix: prefix, ...env },
    provider,
    async untilEmpty() {
      // What a killed process has published and not deleted is published again when its hold is over.
      await until('the outbox is empty', async () => {
        const { rowCount } = await pool.query('select from tasker.live_step_messages() limit 1');
        return rowCount === 0;
      });
      await until('the queues of the broker are empty', async () => {
        // While its connection is being replaced it cannot tell.
        const counts = await Promise.all((await listQueues()).map(count)).catch(() => null);
        return counts?.every((messages) => messages === 0) ?? false;
      });
    },
    async [Symbol.asyncDispose]() {
      for (const queue of await listQueues()) await provider.deleteQueue(queue);
      await provider.stop();
    },
  };
}

/** Gives the backend of this run of the suites: RabbitMQ in the jest project of that name, else the database. */
export async function useTestBackend(pool: Pool): Promise<TestBackend> {
  if (process.env.TASKER_E2E_BACKEND !== 'rabbitmq') return PGMQ;
  const url = testBrokerUrl();
  if (url === null) throw new Error('there is no broker, so this suite should have been left out');
  return useRabbitMq(pool, url);
}
