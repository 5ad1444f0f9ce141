import { createWorkerStore } from '@tasker/store';
import { until } from '@tasker/testing';
import { startApi } from './testing/start-api';

const TEMPLATES = [
  {
    namespace_name: 'shop',
    name: 'order',
    version: '1.0.0',
    identity_strategy: 'always_unique',
    steps: [{ name: 'charge', handler: { callable: 'work' }, retry: { max_attempts: 2, backoff: 'none' } }],
  },
];
const REQUEST = { namespace: 'shop', name: 'order', context: {} };
const REQUESTS_QUEUE = 'orchestration_task_requests';
const startEventDriven = () => startApi(TEMPLATES, { variables: { TASKER_DEPLOYMENT_MODE: 'EventDrivenOnly' } });

test('a request that another process had in its hands when it died becomes a task, though nobody tells of it', async () => {
  await using api = await startEventDriven();
  const held = await api.pool.connect();
  await held.query('begin');
  await held.query('select pgmq.send($1, $2)', [REQUESTS_QUEUE, REQUEST]);
  await held.query('select from pgmq.read($1, 5, 1)', [REQUESTS_QUEUE]);
  await held.query('commit');
  held.release();
  // A listener that connects again looks at everything, and finds nothing yet.
  await api.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'tasker-listener'`,
  );
  await until('there is a task', async () => (await api.pool.query('select from tasker.tasks')).rowCount === 1);
});

test('the lease of a worker that came late and died is found, though no message told of the claim', async () => {
  await using api = await startEventDriven();
  await api.rest('POST', '/v1/tasks', REQUEST);
  const stalled = async () => {
    const text = await (await fetch(`${api.url}/metrics`)).text();
    return text.includes('tasker_recovery_actions_total{kind="queue_woken"}');
  };
  await until('nobody has taken the step for long', stalled);
  const wokenAtMs = performance.now();
  await until('the look that follows a second later is over', () => performance.now() > wokenAtMs + 3_000);
  const claim = { queue: 'worker_shop_queue', workerId: 'late', max: 1, leaseMs: 1_000 };
  expect(await createWorkerStore(api.pool).claimSteps(claim)).toHaveLength(1);
  await until('the step is enqueued again', async () => {
    const state = `select from tasker.steps where state = 'enqueued' and attempts = 1`;
    return (await api.pool.query(state)).rowCount === 1;
  });
});
