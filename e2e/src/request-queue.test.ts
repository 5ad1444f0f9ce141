import { isDeepStrictEqual } from 'node:util';
import { until } from '@tasker/testing';
import { NAMESPACE } from './api-client';
import { template } from './shapes';
import { type System, startSystem } from './start-system';

const QUEUE = 'orchestration_task_requests';
const FINALIZATIONS = 'orchestration_task_finalizations';
const step = { name: 'only', handler: { callable: 'power', initialization: { parents: [], squares: true } } };

let system: System;
beforeAll(async () => {
  const templates = [template('queued', [step]), template('strict', [step], { identity_strategy: 'strict' })];
  system = await startSystem({ orchestrations: 2, templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

async function send(message: unknown): Promise<void> {
  await system.pool.query('select pgmq.send($1, $2::jsonb)', [QUEUE, JSON.stringify(message)]);
}

const request = (name: string, context: object) => ({ namespace: NAMESPACE, name, context });

async function findTasks(initiator: string): Promise<readonly { task_uuid: string }[]> {
  const { rows } = await system.pool.query('select task_uuid from tasker.tasks where initiator = $1', [initiator]);
  return rows;
}

const untilEmpty = async () => {
  await until('the request queue is empty', async () => {
    const { rows } = await system.pool.query('select queue_length from pgmq.metrics($1)', [QUEUE]);
    return Number(rows[0].queue_length) === 0;
  });
  await system.backend.untilEmpty();
};

interface DeadLetter {
  readonly body: unknown;
  readonly reason: string | undefined;
}

/** Dead letters of a broker that have been read: it gives each once. */
const taken: DeadLetter[] = [];

async function readDeadLetters(): Promise<readonly DeadLetter[]> {
  const { provider } = system.backend;
  if (provider !== null) {
    await provider.ensureQueues([`${QUEUE}_dlq`]);
    for (const { body, headers } of await provider.receive(`${QUEUE}_dlq`, { max: 100 })) {
      taken.push({ body, reason: headers['x-dead-letter-reason'] });
    }
    return taken;
  }
  const known = await system.pool.query(`select to_regclass('pgmq.q_${QUEUE}_dlq') is not null as known`);
  if (!known.rows[0].known) return [];
  const text = `select message as body, headers ->> 'x-dead-letter-reason' as reason from pgmq.q_${QUEUE}_dlq`;
  return (await system.pool.query<DeadLetter>(text)).rows;
}

/** Waits for the dead letter that was made of the message, and gives its reason. */
async function getReason(message: unknown): Promise<string> {
  return until('the message is dead-lettered', async () => {
    const letters = await readDeadLetters();
    return letters.find(({ body }) => isDeepStrictEqual(body, message))?.reason;
  });
}

test('a request on the queue becomes a task that runs, in an envelope or by itself', async () => {
  await send({ ...request('queued', { n: 3 }), initiator: 'bare' });
  await send({
    request_id: '6b1f6f7e-0f0b-4f3c-9d0e-5d6f4a1b2c3d',
    task_request: { ...request('queued', { n: 4 }), initiator: 'wrapped' },
    metadata: { sent_by: 'a nightly job' },
  });
  for (const [initiator, square] of [
    ['bare', 9],
    ['wrapped', 16],
  ] as const) {
    const [task] = await until(`a task of ${initiator}`, async () => {
      const found = await findTasks(initiator);
      return found.length > 0 ? found : null;
    });
    await system.untilTask(task?.task_uuid ?? '', 'complete');
    expect((await system.api.step(task?.task_uuid ?? '', 'only')).results).toBe(square);
  }
});

test('the same strict request, sent many times, becomes one task and leaves no dead letter', async () => {
  const message = { ...request('strict', { n: 5 }), initiator: 'eager' };
  await Promise.all(Array.from({ length: 20 }, () => send(message)));
  await untilEmpty();
  expect(await findTasks('eager')).toHaveLength(1);
  expect(await readDeadLetters()).toEqual([]);
});

test.each([
  ['without a name', { namespace: NAMESPACE, context: {} }, /name/],
  ['for a template that nobody registered', request('nobody', {}), /no such template/],
  ['that is text', 'do something', /object/],
  ['with a context that is too deep', request('queued', JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)), /deep/],
])('a request %s goes to the dead-letter queue with its reason', async (_what, message, reason) => {
  await send(message);
  expect(await getReason(message)).toMatch(reason);
  await untilEmpty();
});

test('a request for finalization, by whichever way it comes, has a task looked at afresh', async () => {
  const taskUuid = await system.api.submit('queued', { n: 5 });
  await system.untilTask(taskUuid, 'complete');
  // What a lost write would leave.
  await system.pool.query(
    `delete from tasker.task_transitions where task_uuid = $1 and from_state in ('steps_in_process', 'evaluating_results')`,
    [taskUuid],
  );
  await system.pool.query(
    `update tasker.tasks set state = 'steps_in_process', completed_at = null where task_uuid = $1`,
    [taskUuid],
  );
  const { provider } = system.backend;
  if (provider === null) await system.pool.query('select pgmq.send($1, $2)', [FINALIZATIONS, { task_uuid: taskUuid }]);
  else await provider.send(FINALIZATIONS, { task_uuid: taskUuid });
  await system.untilTask(taskUuid, 'complete');
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
