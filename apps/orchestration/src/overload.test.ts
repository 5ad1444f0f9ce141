import { type ServiceError, status } from '@grpc/grpc-js';
import type { TaskResponse } from '@tasker/protocol';
import { TaskServiceService } from '@tasker/protocol/grpc';
import { checkInvariants } from '@tasker/store';
import { until } from '@tasker/testing';
import { type HttpAnswer, startApi, type TestApi } from './testing/start-api';
import { template } from './testing/templates';

const REQUEST = { namespace: 'shop', name: 'order', context: {} };
const REQUESTS_QUEUE = 'orchestration_task_requests';
/** Two commits at once, and at the most three requests that wait. */
const variables = {
  TASKER__executor_pools__task_initializer__min_executors: '1',
  TASKER__executor_pools__task_initializer__max_executors: '2',
  TASKER__executor_pools__task_initializer__queue_high_watermark: '2',
  TASKER__executor_pools__task_initializer__queue_low_watermark: '0',
  TASKER__pgmq__max_receive_count: '1',
};

const createByRest = ({ rest }: TestApi) => rest('POST', '/v1/tasks', REQUEST);
const createByGrpc = ({ grpc }: TestApi) => grpc(TaskServiceService.createTask, { ...REQUEST, version: '', tags: [] });

async function refusalOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => {
      throw new Error('the call was expected to be refused');
    },
    (error: ServiceError) => error,
  );
}

/** Submits until one is refused; gives that answer and those that wait. */
async function submitUntilRefused(api: TestApi): Promise<{ refused: HttpAnswer; waiting: Promise<HttpAnswer>[] }> {
  const answers: Promise<HttpAnswer>[] = [];
  const refusals: HttpAnswer[] = [];
  const refused = await until('a submission is refused', () => {
    const answer = createByRest(api);
    answers.push(answer);
    void answer.then((one) => one.status === 503 && refusals.push(one));
    return refusals[0];
  });
  return { refused, waiting: answers };
}

test('with more submissions than can be done both transports refuse for a while; what was accepted is not lost, nor what came by queue', async () => {
  await using api = await startApi([template('order')], { variables });
  const blocker = await api.pool.connect();
  await blocker.query('begin; lock table tasker.tasks in access exclusive mode');
  const { refused, waiting } = await submitUntilRefused(api);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toMatchObject({ error: { code: 'BACKPRESSURE', details: { retry_after_seconds: 1 } } });

  const refusal = await refusalOf(createByGrpc(api));
  expect(refusal.code).toBe(status.UNAVAILABLE);
  expect(refusal.metadata.getMap()).toMatchObject({ 'tasker-error-code': 'BACKPRESSURE', 'retry-after': '1' });
  expect((await api.rest('POST', '/v1/tasks/batch', { tasks: [REQUEST] })).status).toBe(503);

  await api.pool.query('select pgmq.send($1, $2)', [REQUESTS_QUEUE, { ...REQUEST, initiator: 'the queue' }]);
  // Whoever looks without being told may be waiting for the lock.
  await api.pool.query(`select pg_notify('pgmq_message_ready.orchestration', $1)`, [REQUESTS_QUEUE]);
  const taken = `select from pgmq.q_${REQUESTS_QUEUE} where read_ct > 0`;
  await until('the request of the queue is taken', async () => (await api.pool.query(taken)).rowCount === 1);
  await blocker.query('commit');
  blocker.release();

  const answers = await Promise.all(waiting);
  const accepted = answers.filter((answer) => answer.status === 201).map(({ body }) => body as TaskResponse);
  expect(answers.map((answer) => answer.status).filter((code) => code !== 201 && code !== 503)).toEqual([]);
  expect((await createByRest(api)).status).toBe(201);
  await createByGrpc(api);
  // Those by REST and by gRPC, those that waited, and that of the queue.
  const count = accepted.length + 3;
  const settled = `select from tasker.tasks where state = 'complete'`;
  await until('all are complete', async () => {
    await api.work();
    return (await api.pool.query(settled)).rowCount === count;
  });
  const { rows } = await api.pool.query('select task_uuid, initiator from tasker.tasks');
  expect(rows).toHaveLength(count);
  expect(rows.map((row) => row.task_uuid)).toEqual(expect.arrayContaining(accepted.map((task) => task.task_uuid)));
  expect(rows.filter((row) => row.initiator === 'the queue')).toHaveLength(1);
  // Its task may be complete before the request is taken off the queue.
  const left = `select from pgmq.q_${REQUESTS_QUEUE}`;
  await until('the request is done with', async () => (await api.pool.query(left)).rowCount === 0);
  expect(await checkInvariants(api.pool, { settled: true })).toEqual([]);
});

test('the depth of the pool is zero again when the overload is over, though nobody submits any more', async () => {
  await using api = await startApi([template('order')], { variables });
  const blocker = await api.pool.connect();
  await blocker.query('begin; lock table tasker.tasks in access exclusive mode');
  const { waiting } = await submitUntilRefused(api);
  const depth = async () => {
    const text = await (await fetch(`${api.url}/metrics`)).text();
    return Number(/^tasker_executor_pool_queue_depth\{pool="task_initializer"\} (\d+)$/m.exec(text)?.[1]);
  };
  expect(await depth()).toBeGreaterThan(0);
  await blocker.query('commit');
  blocker.release();
  await Promise.all(waiting);
  expect(await depth()).toBe(0);
});
