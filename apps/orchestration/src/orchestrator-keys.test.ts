import { until } from '@tasker/testing';
import { Client } from 'pg';
import { readSeries } from './testing/read-series';
import { startApi, type TestApi } from './testing/start-api';
import { step, template } from './testing/templates';

/** Shorter than the defaults of the keys under test would take. */
const SOON = { deadlineMs: 10_000 };
const REQUESTS = 'orchestration_task_requests';

/** Gives the value of a series; 0 when there is none. */
const read = async (api: TestApi, series: string) => (await readSeries(api, series)) ?? 0;

const start = (variables: Readonly<Record<string, string>>, ...names: string[]) =>
  startApi(
    names.map((name) => template(name)),
    { variables },
  );

const submit = (api: TestApi, name: string) => api.rest('POST', '/v1/tasks', { namespace: 'shop', name, context: {} });

test('a task request that is worked on stays hidden for visibility_timeout_seconds', async () => {
  await using api = await start({ TASKER__pgmq__visibility_timeout_seconds: '600' }, 'one');
  const lock = await api.pool.connect();
  try {
    await lock.query('begin; lock table tasker.tasks in access exclusive mode');
    await api.pool.query(`select pgmq.send($1, '{"namespace":"shop","name":"one","context":{}}'::jsonb)`, [REQUESTS]);
    await api.pool.query(`select pg_notify('pgmq_message_ready.orchestration', $1)`, [REQUESTS]);
    const hiddenSeconds = await until('the request is taken', async () => {
      const { rows } = await api.pool.query(
        `select extract(epoch from vt - clock_timestamp())::float as seconds from pgmq.q_${REQUESTS} where read_ct > 0`,
      );
      return rows[0]?.seconds as number | undefined;
    });
    expect(hiddenSeconds).toBeGreaterThan(500);
    expect(hiddenSeconds).toBeLessThanOrEqual(600);
  } finally {
    await lock.query('rollback');
    lock.release();
  }
});

test('a task request is dead-lettered when it was delivered max_receive_count times', async () => {
  await using api = await start({ TASKER__pgmq__max_receive_count: '2' }, 'one');
  // One transaction, so that nobody takes it before.
  await api.pool.query(`
    select pgmq.send('${REQUESTS}', '{"namespace":"shop","name":"one","context":{}}'::jsonb);
    update pgmq.q_${REQUESTS} set read_ct = 2;
    select pg_notify('pgmq_message_ready.orchestration', '${REQUESTS}')`);
  const headers = await until('it is dead-lettered', async () => {
    const { rows } = await api.pool.query(`select headers from pgmq.q_${REQUESTS}_dlq`).catch(() => ({ rows: [] }));
    return rows[0]?.headers as Record<string, string> | undefined;
  });
  expect(headers).toMatchObject({ 'x-dead-letter-reason': 'received more than 2 times' });
});

interface Submitting {
  /** Tasks that were submitted. */
  readonly submitted: number;
  /** How many statements have told workers of them. */
  countAnnouncements(): Promise<number>;
}

/**
 * Has six clients submit tasks, one after the other each, while `work` does. A commit tells workers itself when it is alone or has
 * eight tasks and more; here it is never alone, because another one waits for a lock meanwhile.
 */
async function whileSubmitting(
  variables: Readonly<Record<string, string>>,
  work: (submitting: Submitting) => Promise<void>,
): Promise<void> {
  await using api = await start(variables, 'one', 'held');
  await api.pool.query('create extension pg_stat_statements');
  const lock = await api.pool.connect();
  await lock.query("begin; select from tasker.task_templates where name = 'held' for update");
  const held = submit(api, 'held');
  await until('the held task waits', async () => {
    const { rows } = await api.pool.query(`select from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`);
    return rows.length > 0;
  });
  let isOver = false;
  let submitted = 0;
  const submitInTurn = async () => {
    for (; !isOver; submitted += 1) await submit(api, 'one');
  };
  const clients = Promise.all(Array.from({ length: 6 }, submitInTurn));
  try {
    await work({
      get submitted() {
        return submitted;
      },
      async countAnnouncements() {
        const { rows } = await api.pool.query(`select coalesce(sum(calls), 0)::integer as calls from pg_stat_statements
          where dbid = (select oid from pg_database where datname = current_database())
            and query like 'select pg_notify(channel, payload) from unnest%'`);
        return rows[0].calls;
      },
    });
  } finally {
    isOver = true;
    await clients;
    await lock.query('rollback');
    lock.release();
    await held;
  }
}

const windows = (minMs: number, maxMs: number) => ({
  TASKER__pgmq__wakeup_min_window_ms: `${minMs}`,
  TASKER__pgmq__wakeup_max_window_ms: `${maxMs}`,
});

describe('notifications to workers are gathered over windows', () => {
  test('of wakeup_min_window_ms at the least', async () => {
    await whileSubmitting(windows(60_000, 60_000), async (submitting) => {
      await until('300 tasks were submitted', () => submitting.submitted >= 300);
      expect(await submitting.countAnnouncements()).toBe(1);
    });
  });

  test('that grow under load', async () => {
    // Wide enough to be no rest, even where each commit takes a tenth of a second.
    await whileSubmitting(windows(500, 60_000), async (submitting) => {
      let last = { count: 0, submitted: 0, atMs: performance.now() };
      await until('a window is three times the least', async () => {
        const { submitted } = submitting;
        const count = await submitting.countAnnouncements();
        const nowMs = performance.now();
        if (count > last.count) last = { count, submitted, atMs: nowMs };
        return count > 1 && submitted > last.submitted + 6 && nowMs > last.atMs + 1_500;
      });
    });
  });

  test('of wakeup_max_window_ms at the most, under load too', async () => {
    await whileSubmitting(windows(500, 500), async (submitting) => {
      // At the ends of windows that double, the seventh would come after half a minute.
      await until('there were seven', async () => (await submitting.countAnnouncements()) >= 7, { deadlineMs: 20_000 });
    });
  });
});

const thresholds = (findings: number) => ({
  TASKER__orchestration__health__health_check_interval_ms: '100',
  TASKER__orchestration__health__unhealthy_threshold: `${findings}`,
  TASKER__orchestration__health__recovery_threshold: `${findings}`,
  TASKER__circuit_breakers__database__enabled: 'false',
  TASKER__circuit_breakers__message_queue__enabled: 'false',
});

/** Lets nobody in to the databases of these orchestrators any more, or again. */
async function setOpen(apis: readonly TestApi[], isOpen: boolean): Promise<void> {
  const urls = apis.map(({ pool }) => new URL(pool.options.connectionString ?? ''));
  const names = urls.map(({ pathname }) => pathname.slice(1));
  const keeper = new Client({ connectionString: new URL('/postgres', urls[0]).href });
  await keeper.connect();
  for (const name of names) await keeper.query(`alter database "${name}" allow_connections ${isOpen}`);
  if (!isOpen)
    await keeper.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [names]);
  await keeper.end();
}

test('health is checked at its interval, and turns after as many findings as the thresholds say', async () => {
  await using hasty = await start(thresholds(1));
  await using patient = await start(thresholds(30));
  const both = [hasty, patient];
  const isHealthy = async ({ url }: TestApi) => (await fetch(`${url}/health`)).status === 200;

  await setOpen(both, false);
  await until('the hasty one is unhealthy', async () => !(await isHealthy(hasty)), SOON);
  expect(await isHealthy(patient)).toBe(true);
  // Thirty findings take three seconds where the machine is idle, and a quarter of an hour by default.
  await until('the patient one is unhealthy', async () => !(await isHealthy(patient)));

  await setOpen(both, true);
  await until('the hasty one is healthy', () => isHealthy(hasty), SOON);
  expect(await isHealthy(patient)).toBe(false);
  await until('the patient one is healthy', () => isHealthy(patient));
});

test('process_metrics says whether an orchestration tells of its process', async () => {
  await using all = await start({});
  expect(await (await fetch(`${all.url}/metrics`)).text()).toContain('process_cpu_');
  await using own = await start({ TASKER__telemetry__metrics__process_metrics: 'false' });
  expect(await (await fetch(`${own.url}/metrics`)).text()).not.toContain('process_cpu_');
});

test('an orchestration keeps min_connections open from its start, and opens max_connections at the most', async () => {
  await using api = await start({ TASKER__database__min_connections: '2', TASKER__database__max_connections: '3' });
  const countSessions = async (which = 'true') => {
    const { rows } = await api.pool.query(`select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and application_name like 'tasker-orchestration%' and ${which}`);
    return rows[0].count as number;
  };
  expect(await countSessions()).toBeGreaterThanOrEqual(2);
  const lock = await api.pool.connect();
  await lock.query('begin; lock table tasker.tasks in access exclusive mode');
  const answers = Array.from({ length: 40 }, () => api.rest('GET', '/v1/tasks'));
  await until('the most of them wait', async () => (await countSessions(`wait_event_type = 'Lock'`)) >= 3);
  expect(await countSessions()).toBe(3);
  await lock.query('rollback');
  lock.release();
  await Promise.all(answers);
});

test('a request may go on for shutdown_timeout_ms when the process stops', async () => {
  await using api = await start({ TASKER__orchestration__shutdown_timeout_ms: '100' }, 'one');
  const lock = await api.pool.connect();
  try {
    await lock.query('begin; lock table tasker.tasks in access exclusive mode');
    let isCut = false;
    const request = submit(api, 'one').catch(() => {
      isCut = true;
    });
    await until('the request waits', async () => {
      const { rows } = await api.pool.query(`select from pg_stat_activity
        where datname = current_database() and application_name like 'tasker-orchestration%' and wait_event_type = 'Lock'`);
      return rows.length > 0;
    });
    const stopped = api.stop();
    // By default it might go on for half a minute.
    await until('the request is cut', () => isCut, SOON);
    await lock.query('rollback');
    await Promise.all([request, stopped]);
  } finally {
    lock.release();
  }
});

test('a look of PollingOnly takes no more than max_messages_per_poll, in transactions of batch_size', async () => {
  await using api = await startApi(
    [
      template(
        'wide',
        Array.from({ length: 10 }, (_, index) => step(`step_${index}`)),
      ),
    ],
    {
      variables: {
        TASKER_DEPLOYMENT_MODE: 'PollingOnly',
        TASKER__orchestration__polling__step_result_poll_interval_ms: '50',
        TASKER__orchestration__polling__batch_size: '2',
        TASKER__orchestration__polling__max_messages_per_poll: '4',
      },
    },
  );
  await submit(api, 'wide');
  await until('all steps have run', async () => (await api.work()) === 10);
  await until('all results are applied', async () => (await read(api, 'tasker_polling_messages_found_total')) === 10);
  expect(await read(api, 'tasker_advance_batch_size_count')).toBeGreaterThanOrEqual(5);
});
