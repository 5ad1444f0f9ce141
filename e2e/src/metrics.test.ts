import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { HealthServiceClient, WorkerHealthServiceClient } from '@tasker/protocol/grpc';
import type { ProcessKind } from '@tasker/telemetry';
import { FleetMember, takeFreePort, until } from '@tasker/testing';
import { createApiClient, NAMESPACE } from './api-client';
import { findPromtool } from './find-promtool';
import { freeze } from './freeze';
import { type MetricMovement, watchMetrics } from './metric-movement';
import { createMortalDatabase, type MortalDatabase } from './mortal-database';
import { LINEAR, QUICK_RETRY, shapeTemplate, template } from './shapes';
import { type System, startSystem } from './start-system';
import { useRabbitMq } from './test-backend';

const brokerUrl = testBrokerUrl();

const WORKER_ENV = {
  TASKER__worker__lease_ms: '6000',
  TASKER__worker__max_concurrent_handlers: '2',
  // As few as it may have, so that something waits for one.
  TASKER__worker__database__max_connections: '2',
};
const POLLING_WORKER_ENV = { TASKER__worker__polling_interval_ms: '100', ...WORKER_ENV };
/** More than both workers run at once: some wait for a slot. */
const HELD_TASKS = 10;
/** Of the two executors that commit tasks at the least, each is busy with one, and the rest waits. */
const MORE_THAN_EXECUTORS = 10;

const quick = Array.from({ length: 100 }, (_, index) => ({ name: `quick_${index}`, handler: { callable: 'quick' } }));
const held = { name: 'held', handler: { callable: 'hold' }, retry: QUICK_RETRY };
const TEMPLATES = [
  shapeTemplate(LINEAR),
  template('quick', quick),
  template('holding', [held]),
  template('unserved', [held], { namespace_name: 'unserved' }),
];

const GRPC_VARIABLES = {
  orchestration: 'TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS',
  worker: 'TASKER_WORKER_GRPC_BIND_ADDRESS',
} as const satisfies Record<ProcessKind, string>;

/** A process of that kind that only polls. */
async function startPoller(
  { fleet }: System,
  kind: ProcessKind,
  env: Readonly<Record<string, string>>,
): Promise<FleetMember> {
  const address = `127.0.0.1:${await takeFreePort()}`;
  const poller = new FleetMember({
    name: `polling ${kind}`,
    main: require.resolve(`@tasker/${kind}/main`),
    url: `http://${address}`,
    grpcTarget: '127.0.0.1:0',
    env: {
      DATABASE_URL: fleet.databaseUrl,
      TASKER_DEPLOYMENT_MODE: 'PollingOnly',
      TASKER_WEB_BIND_ADDRESS: address,
      [GRPC_VARIABLES[kind]]: '127.0.0.1:0',
      TASKER_HANDLERS: join(__dirname, '..', 'handlers'),
      WORKER_NAMESPACES: NAMESPACE,
      ...env,
    },
  });
  await poller.start();
  return poller;
}

/** Runs `work` while a transaction of the test's own holds what `lock` takes. */
async function whileLocked({ pool }: System, lock: string, work: (unlock: (last: string) => Promise<void>) => unknown) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(lock);
    await work(async (last) => {
      await client.query(last);
      await client.query('commit');
    });
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** Quick handlers first, since only they have steps claimed ahead; then more of the others than may run. */
async function fillWorkers(system: System, metrics: MetricMovement): Promise<readonly string[]> {
  const { api, pool } = system;
  await system.untilTask(await api.submit('quick', {}), 'complete');
  await api.call('POST', '/v1/tasks', { namespace: 'unserved', name: 'unserved', context: {} });
  await pool.query(`update pgmq.q_worker_unserved_queue set enqueued_at = enqueued_at - interval '1 minute'`);
  const gate = { gate: 'metrics' };
  const taskUuids = await Promise.all(Array.from({ length: HELD_TASKS }, () => api.submit('holding', gate)));
  await until('what the workers hold is in their metrics', () =>
    metrics.haveMoved('worker', 'tasker_handlers_running', 'tasker_steps_waiting', 'tasker_leases_renewed_total'),
  );
  return taskUuids;
}

async function findRunning({ pool }: System, taskUuids: readonly string[], count: number): Promise<readonly string[]> {
  const running = 'select distinct task_uuid from e2e.executions where task_uuid = any($1)';
  const rows = await until(`${count} steps run`, async () => {
    const found = (await pool.query<{ task_uuid: string }>(running, [taskUuids])).rows;
    return found.length >= count && found;
  });
  return rows.map((row) => row.task_uuid);
}

/** One step is cancelled under its handler, and one is taken over while its worker reports it. */
async function takeAway(system: System, metrics: MetricMovement, taskUuids: readonly string[]): Promise<void> {
  const [cancelled, takenOver] = await findRunning(system, taskUuids, 2);
  await system.api.call('DELETE', `/v1/tasks/${cancelled}`);
  await until('the lease is lost', () => metrics.haveMoved('worker', 'tasker_leases_lost_total'));
  const ofTakenOver = `from tasker.steps where task_uuid = '${takenOver}'`;
  await whileLocked(system, `select ${ofTakenOver} for update`, async (unlock) => {
    await system.openGate('metrics');
    await until('the report waits, and others for its connection', () =>
      metrics.haveMoved('worker', 'tasker_steps_unreported', 'tasker_database_pool_waiting'),
    );
    await unlock(`update tasker.steps set worker_id = 'another' where task_uuid = '${takenOver}'`);
  });
  await until('the report is refused', () => metrics.haveMoved('worker', 'tasker_reports_refused_total'));
  for (const taskUuid of taskUuids) {
    await system.untilTask(taskUuid, taskUuid === cancelled ? 'cancelled' : 'complete');
  }
}

async function failAndRetry({ api, ...system }: System): Promise<void> {
  const retried = await api.submit(LINEAR.name, { n: 2, fail: { step_2: { kind: 'transient', times: 1 } } });
  const blocked = await api.submit(LINEAR.name, { n: 2, fail: { step_2: { kind: 'permanent' } } });
  await system.untilTask(retried, 'complete');
  await system.untilTask(blocked, 'blocked_by_failures');
}

/** Has the polling orchestration find results, while the one that would hear of them first stands still. */
async function workByPolling(system: System, poller: FleetMember): Promise<void> {
  const [listening] = system.fleet.orchestrations;
  if (listening === undefined) throw new Error('no orchestration runs');
  const resume = freeze(listening);
  try {
    await system.untilTask(await createApiClient(poller.url).submit(LINEAR.name, { n: 2 }), 'complete');
  } finally {
    resume();
  }
}

/** Asks each kind of process for its health by gRPC. */
async function askByGrpc({ fleet }: System): Promise<void> {
  const insecure = credentials.createInsecure();
  const orchestration = new HealthServiceClient(fleet.orchestrations[0]?.grpcTarget ?? '', insecure);
  const worker = new WorkerHealthServiceClient(fleet.workers[0]?.grpcTarget ?? '', insecure);
  try {
    await new Promise((resolve) => orchestration.checkLiveness({}, resolve));
    await new Promise((resolve) => worker.checkLiveness({}, resolve));
  } finally {
    orchestration.close();
    worker.close();
  }
}

/** Ends connections of the processes, not of the test. */
async function endSessions({ pool }: System, which: string): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and ${which}`,
  );
}

async function cutListeners(system: System, metrics: MetricMovement): Promise<void> {
  await endSessions(system, `application_name = 'tasker-listener'`);
  for (const process of ['orchestration', 'worker'] as const) {
    await until('the listeners are back', () => metrics.haveMoved(process, 'tasker_listener_reconnections_total'));
  }
}

async function exhaustPools(system: System, metrics: MetricMovement): Promise<void> {
  const answers: Promise<unknown>[] = [];
  await whileLocked(system, 'lock table tasker.tasks in access exclusive mode', async () => {
    const task = { namespace: NAMESPACE, name: LINEAR.name, context: { n: 2 } };
    for (let one = 0; one < MORE_THAN_EXECUTORS; one += 1) answers.push(system.api.call('POST', '/v1/tasks', task));
    for (let request = 0; request < 20; request += 1) answers.push(system.api.call('GET', '/v1/tasks'));
    await until('executors are busy, tasks wait for one, and requests for a connection', () =>
      metrics.haveMoved(
        'orchestration',
        'tasker_executor_pool_active',
        'tasker_executor_pool_queue_depth',
        'tasker_database_pool_waiting',
      ),
    );
  });
  await Promise.all(answers);
  await whileLocked(system, 'lock table pgmq.q_worker_e2e_queue in access exclusive mode', () =>
    until('a poll fails', async () => {
      await endSessions(system, `application_name like 'tasker-worker-%' and wait_event_type = 'Lock'`);
      return metrics.haveMoved('worker', 'tasker_polling_errors_total');
    }),
  );
}

/** Processes over a broker, for as long as they publish to it. Without a broker there is nothing to publish. */
async function publish(system: System, metrics: MetricMovement, targets: Record<ProcessKind, string[]>): Promise<void> {
  if (brokerUrl === null) return;
  await using backend = await useRabbitMq(system.pool, brokerUrl);
  await using more = await system.startMore(backend.env);
  const [orchestration, worker] = [more.orchestrations[0]?.url ?? '', more.workers[0]?.url ?? ''];
  targets.orchestration.push(orchestration);
  targets.worker.push(worker);
  const api = createApiClient(orchestration);
  await until('both kinds of process publish', async () => {
    await system.untilTask(await api.submit(LINEAR.name, { n: 2 }), 'complete');
    const isSent = await metrics.haveMoved('orchestration', 'tasker_outbox_published_total');
    return isSent && (await metrics.haveMoved('worker', 'tasker_outbox_published_total'));
  });
  targets.orchestration.pop();
  targets.worker.pop();
}

/** Last of all: nothing works any more when the breakers are open. */
async function stopDatabase(database: MortalDatabase, { api }: System, metrics: MetricMovement): Promise<void> {
  await database.stopServer();
  await until('the breakers open', async () => {
    await api.call('GET', '/v1/tasks');
    const isOpen = await metrics.haveMoved('orchestration', 'tasker_circuit_breaker_transitions_total');
    return isOpen && (await metrics.haveMoved('worker', 'tasker_circuit_breaker_transitions_total'));
  });
}

/** The scrapes at the end, by process kind. */
let scrapes: Readonly<Record<string, string>>;
let metrics: MetricMovement;

beforeAll(async () => {
  const database = await createMortalDatabase();
  await using system = await startSystem({ database, workerEnv: WORKER_ENV, templates: TEMPLATES });
  const worker = await startPoller(system, 'worker', POLLING_WORKER_ENV);
  const orchestration = await startPoller(system, 'orchestration', {});
  try {
    const targets = {
      orchestration: [...system.fleet.orchestrations, orchestration].map(({ url }) => url),
      worker: [...system.fleet.workers, worker].map(({ url }) => url),
    };
    metrics = watchMetrics(targets);
    await metrics.look();
    const taskUuids = await fillWorkers(system, metrics);
    await takeAway(system, metrics, taskUuids);
    await failAndRetry(system);
    await workByPolling(system, orchestration);
    await askByGrpc(system);
    await cutListeners(system, metrics);
    await exhaustPools(system, metrics);
    // The first probe of a listener comes after five seconds, and counts are read every fifteen.
    await until('what takes its time is there', async () => {
      const isThere = await metrics.haveMoved('orchestration', 'tasker_event_listener_lag_ms', 'tasker_queue_depth');
      return isThere && (await metrics.haveMoved('worker', 'tasker_event_listener_lag_ms'));
    });
    await publish(system, metrics, targets);
    await stopDatabase(database, system, metrics);
    const scrape = async (member?: FleetMember) => (await fetch(`${member?.url}/metrics`)).text();
    scrapes = {
      orchestration: await scrape(system.fleet.orchestrations[0]),
      worker: await scrape(system.fleet.workers[0]),
    };
  } finally {
    await Promise.all([worker.stop(), orchestration.stop()]);
  }
});

test.each(['orchestration', 'worker'] as const)(
  'every metric of %s moves while a system works, fails, retries, and loses leases and connections',
  (process) => {
    expect(metrics.unmoved(process)).toEqual(brokerUrl === null ? ['tasker_outbox_published_total'] : []);
  },
);

const promtool = findPromtool();
const testPromtool = promtool === null ? test.skip : test;

testPromtool.each(['orchestration', 'worker'])(
  'promtool accepts the scrape of %s, but for the name in milliseconds',
  (process) => {
    const { status, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
      input: scrapes[process],
      encoding: 'utf8',
    });
    expect(stderr.trim().split('\n')).toEqual([
      // The deployment guide, its dashboards and its alerts name it so.
      'tasker_event_listener_lag_ms metric names should not contain abbreviated units',
    ]);
    // 3: the scrape is valid, and there are remarks.
    expect(status).toBe(3);
  },
);
