import { until } from '@tasker/testing';
import { LINEAR, shapeTemplate } from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  system = await startSystem({ workers: 2, templates: [shapeTemplate(LINEAR)] });
});
afterAll(() => system?.[Symbol.asyncDispose]());

async function send(queue: string, messages: readonly unknown[]): Promise<void> {
  for (const message of messages) {
    await system.pool.query('select pgmq.send($1, $2::jsonb)', [queue, JSON.stringify(message)]);
  }
}

/** Zero also for a queue that is not there. */
async function countMessages(queue: string): Promise<number> {
  const text =
    'select coalesce(sum(queue_length), 0)::integer as messages from pgmq.metrics_all() where queue_name = $1';
  return (await system.pool.query(text, [queue])).rows[0].messages;
}

const MALFORMED = [{}, [], null, 7, 'text', { step_uuid: 17 }, { step_uuid: 'nonsense' }];
const UNKNOWN = {
  step_uuid: '01a20d59-20f8-756f-ad9a-6c5117b00001',
  task_uuid: '01a20d59-20f8-756f-ad9a-6c5117b00000',
};

test.each(['worker_e2e_queue', 'orchestration_step_results'])(
  'messages in %s that name no step are put aside, those of unknown steps dropped, and the work goes on',
  async (queue) => {
    await send(queue, [...MALFORMED, UNKNOWN]);
    await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
    await until(`${queue} is empty`, async () => (await countMessages(queue)) === 0);
    expect(await countMessages(`${queue}_dlq`)).toBe(MALFORMED.length);
  },
);

test.each(['worker_e2e_queue', 'orchestration_step_results'])(
  'a second copy of each message in %s changes nothing',
  async (queue) => {
    const taskUuid = await system.api.submit(LINEAR.name, { n: 2 });
    await system.untilTask(taskUuid, 'complete');
    const before = await system.api.task(taskUuid);
    await send(
      queue,
      before.steps.map(({ step_uuid, task_uuid }) => ({ step_uuid, task_uuid, correlation_id: before.correlation_id })),
    );
    await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
    await until(`${queue} is empty`, async () => (await countMessages(queue)) === 0);
    expect(await system.api.task(taskUuid)).toEqual(before);
    const runs = 'select from e2e.executions where task_uuid = $1';
    expect((await system.pool.query(runs, [taskUuid])).rowCount).toBe(before.steps.length);
  },
);

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
