import { loadSettings } from '@tasker/settings';
import { createMigratedDatabase, type MigratedDatabase, until } from '@tasker/testing';
import { defineHandler } from '@tasker/worker-sdk';
import { createWorker, type Worker } from './worker';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

let database: MigratedDatabase;
beforeEach(async () => {
  database = await createMigratedDatabase();
});
afterEach(() => database[Symbol.asyncDispose]());

/** A worker of the namespace `shop` that is to be started, with these variables beside what it cannot do without. */
function workerWith(variables: Readonly<Record<string, string>>): Worker {
  const { settings } = loadSettings({
    variables: {
      DATABASE_URL: database.connectionString,
      WORKER_NAMESPACES: 'shop',
      TASKER_HANDLERS: 'given in code',
      TASKER_WEB_BIND_ADDRESS: '127.0.0.1:0',
      TASKER_WORKER_GRPC_BIND_ADDRESS: '127.0.0.1:0',
      ...variables,
    },
    kind: 'worker',
  });
  const handlers = [defineHandler('charge', {}, () => ({}))];
  return createWorker({ settings, environment: 'test', handlers, logger: SILENT, workerId: 'w-1' });
}

/** Runs a worker with these variables while `work` does. */
async function withWorker(
  variables: Readonly<Record<string, string>>,
  work: (worker: Worker) => Promise<void>,
): Promise<void> {
  const worker = workerWith(variables);
  try {
    await worker.start();
    await work(worker);
  } finally {
    await worker.stop();
  }
}

const countSessions = async (name: string): Promise<number> => {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::integer from pg_stat_activity where datname = current_database() and application_name like $1`,
    [name],
  );
  return rows[0]?.count ?? 0;
};

async function scrape(worker: Worker): Promise<string> {
  return (await fetch(`${worker.url}/metrics`)).text();
}

test('a worker keeps min_connections open, though it has nothing to do, and never more than its own maximum', async () => {
  await withWorker({ TASKER__database__min_connections: '4' }, async () => {
    expect(await countSessions('tasker-worker-w-1')).toBe(4);
  });
  const beyond = { TASKER__database__min_connections: '4', TASKER__worker__database__max_connections: '2' };
  await withWorker(beyond, async (worker) => {
    await until(
      'the sessions of the worker before are gone',
      async () => (await countSessions('tasker-worker-w-1')) === 2,
    );
    expect(await scrape(worker)).toContain('tasker_database_pool_max 2');
  });
});

test.each(['worker_events__enable_worker_listeners', 'hybrid__enable_event_listeners'])(
  'without %s a worker in Hybrid has no session that listens, and finds steps by polling',
  async (key) => {
    const variables = { [`TASKER__orchestration__${key}`]: 'false', TASKER__worker__polling_interval_ms: '100' };
    await withWorker(variables, async (worker) => {
      expect(await countSessions('tasker-listener%')).toBe(0);
      await until('it polls', async () => /^tasker_polling_cycles_total [1-9]/m.test(await scrape(worker)));
      expect(await scrape(worker)).toContain('tasker_event_notifications_received_total 0');
      expect(worker.status().status).toBe('healthy');
    });
  },
);

test('in EventDrivenOnly a worker is ready with its listener connected, and does not start without it', async () => {
  await withWorker({ TASKER_DEPLOYMENT_MODE: 'EventDrivenOnly' }, async (worker) => {
    expect(await countSessions('tasker-listener')).toBe(1);
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
  });
  const deaf = workerWith({
    TASKER_DEPLOYMENT_MODE: 'EventDrivenOnly',
    DATABASE_LISTEN_URL: 'postgres://tasker@127.0.0.1:1/none',
  });
  await expect(deaf.start()).rejects.toThrow(/ECONNREFUSED/);
  await deaf.stop();
});

test('process_metrics says whether a worker tells of its process', async () => {
  await withWorker({}, async (worker) => expect(await scrape(worker)).toContain('process_cpu_'));
  await withWorker({ TASKER__telemetry__metrics__process_metrics: 'false' }, async (worker) =>
    expect(await scrape(worker)).not.toContain('process_cpu_'),
  );
});
