import type { StepId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { stepIdOf } from './new-task-id';
import type { OutboxMessage } from './outbox-store';
import { fanOut, linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool, { hasBroker: true })).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const WORKERS = 'worker_shop_queue';
const RESULTS = 'orchestration_step_results';
const stepOf = ({ body }: OutboxMessage) => (body as { step_uuid: StepId }).step_uuid;
const take = (
  options: {
    published?: readonly OutboxMessage[];
    queues?: readonly string[];
    exceptQueues?: readonly string[];
    max?: number;
    holdMs?: number;
  } = {},
) => engine.outbox.exchange({ published: [], queues: null, exceptQueues: [], max: 100, holdMs: 60_000, ...options });
const claim = (given: readonly StepId[], max = 1) =>
  engine.worker.claimSteps({ queue: WORKERS, workerId: 'worker', max, leaseMs: 60_000, given });

describe('the outbox', () => {
  test('what a stage sent is handed out with its body, and to nobody else while it is held', async () => {
    const task = await engine.start(linear(1));
    const messages = await take();
    expect(messages).toMatchObject([
      { queue: WORKERS, headers: {}, body: { task_uuid: task, step_uuid: stepIdOf(task, 1) } },
    ]);
    expect(await take()).toEqual([]);
    expect(await engine.queueLength(WORKERS)).toBe(1);
  });

  test('what is published is deleted, and nothing else', async () => {
    await engine.start(fanOut(3));
    await engine.round();
    const [first, ...others] = await take();
    expect(others).toHaveLength(2);
    expect(await take({ published: first ? [first] : [] })).toEqual([]);
    expect(await engine.queueLength(WORKERS)).toBe(2);
  });

  test('what was handed out and not published is handed out again when the hold is over', async () => {
    await engine.start(linear(1));
    const [first] = await take({ holdMs: 0 });
    expect(await take()).toEqual([first]);
  });

  test('each queue gives its oldest first, up to the limit, and queues that are not asked for give none', async () => {
    for (const order of [1, 2, 3]) await engine.start(linear(1), { context: { order } });
    await engine.report(await engine.claim({ max: 1 }));
    expect((await take({ max: 1 })).map(({ queue }) => queue)).toEqual([RESULTS, WORKERS]);
    expect((await take({ queues: [RESULTS] })).map(({ queue }) => queue)).toEqual([]);
    expect(await take({ exceptQueues: [WORKERS] })).toEqual([]);
    expect((await take({ queues: [WORKERS] })).map(({ queue }) => queue)).toEqual([WORKERS]);
  });

  test('what is published is deleted in a queue that is not looked at, too', async () => {
    await engine.start(fanOut(3));
    await engine.round();
    const [first] = await take({ max: 1 });
    expect(await take({ published: first ? [first] : [], exceptQueues: [WORKERS] })).toEqual([]);
    expect(await engine.queueLength(WORKERS)).toBe(2);
  });

  test('a queue that somebody else created is relayed as well', async () => {
    await engine.pool.query(`select pgmq.create('worker_foreign_queue')`);
    await engine.pool.query(`select pgmq.send('worker_foreign_queue', '{"a":1}')`);
    const messages = await take();
    expect(messages).toMatchObject([{ queue: 'worker_foreign_queue', body: { a: 1 } }]);
    await take({ published: messages });
    expect(await engine.queueLength('worker_foreign_queue')).toBe(0);
    await engine.pool.query(`select pgmq.drop_queue('worker_foreign_queue')`);
  });

  test('headers of foreign producers come along, finalization requests stay', async () => {
    await engine.pool.query(
      `select pgmq.send('orchestration_task_requests', '{"a":1}', '{"traceparent":"x","n":2}'::jsonb)`,
    );
    await engine.pool.query(`select pgmq.send('orchestration_task_finalizations', '{"task_uuid":null}')`);
    expect(await take()).toMatchObject([
      { queue: 'orchestration_task_requests', body: { a: 1 }, headers: { traceparent: 'x', n: '2' } },
    ]);
    await engine.pool.query(`select pgmq.purge_queue('orchestration_task_finalizations')`);
  });

  test('two relays share what there is: each message goes to one', async () => {
    await engine.start(fanOut(50));
    await engine.round();
    await engine.withSession(async (other) => {
      await other.begin();
      const theirs = await other.outbox.exchange({
        published: [],
        queues: null,
        exceptQueues: [],
        max: 20,
        holdMs: 60_000,
      });
      const mine = await take();
      await other.commit();
      expect([theirs.length, mine.length]).toEqual([20, 30]);
      expect(new Set([...theirs, ...mine].map(({ id }) => id)).size).toBe(50);
    });
  });
});

describe('steps named by a broker', () => {
  test('are claimed without a look at the queue table, those that are not enqueued left out', async () => {
    const task = await engine.start(linear(2));
    await engine.pool.query(`select pgmq.purge_queue($1)`, [WORKERS]);
    const [first, second] = [stepIdOf(task, 1), stepIdOf(task, 2)];
    expect((await claim([first, second, first])).map(({ stepUuid }) => stepUuid)).toEqual([first]);
    expect(await claim([first])).toEqual([]);
  });

  test('are claimed by one of two workers that were told of them at once', async () => {
    const task = await engine.start(linear(1));
    const given = [stepIdOf(task, 1)];
    const request = { queue: WORKERS, max: 1, leaseMs: 60_000, given };
    await engine.withSession((first) =>
      engine.withSession(async (second) => {
        await first.begin();
        const taken = await first.worker.claimSteps({ ...request, workerId: 'a' });
        const late = second.worker.claimSteps({ ...request, workerId: 'b' });
        await second.untilBlocked();
        await first.commit();
        expect([taken.length, (await late).length]).toEqual([1, 0]);
      }),
    );
  });

  test('are advanced once, however often they are named', async () => {
    const task = await engine.start(linear(1));
    await engine.report(await engine.claim());
    await engine.pool.query(`select pgmq.purge_queue($1)`, [RESULTS]);
    const given = [stepIdOf(task, 1)];
    expect(await engine.orchestration.advanceResults(1, given)).toMatchObject({ taken: 1, completed: 1 });
    expect(await engine.orchestration.advanceResults(1, given)).toMatchObject({ taken: 1, completed: 0 });
    expect(await engine.orchestration.advanceResultsSingly(1, given)).toMatchObject({ taken: 1, completed: 0 });
    expect(await engine.taskState(task)).toBe('complete');
  });
});

describe('what a broker lost', () => {
  const resend = (emptyQueues: readonly string[] = [WORKERS, RESULTS], olderMs = 0) =>
    engine.outbox.resendLost({ emptyQueues, olderMs, max: 100 });
  const lose = () => engine.pool.query('select pgmq.purge_queue(q.queue_name) from pgmq.list_queues() q');

  test('is sent again: enqueued steps to the workers, reported ones to orchestration', async () => {
    const enqueued = await engine.start(linear(1));
    const reported = await engine.start(linear(1));
    await engine.report(await claim([stepIdOf(reported, 1)]));
    await lose();
    expect(await resend()).toBe(2);
    const sent = new Map((await take()).map((message) => [message.queue, stepOf(message)]));
    expect(sent).toEqual(
      new Map([
        [WORKERS, stepIdOf(enqueued, 1)],
        [RESULTS, stepIdOf(reported, 1)],
      ]),
    );
  });

  test('is left alone while it is young, and for as long again once it was sent', async () => {
    await engine.start(linear(1));
    await lose();
    expect(await resend([WORKERS], 60_000)).toBe(0);
    expect(await resend([WORKERS])).toBe(1);
    await lose();
    expect(await resend([WORKERS], 60_000)).toBe(0);
  });

  test('is left alone in queues that the broker did not call empty, or whose outbox is not', async () => {
    await engine.start(linear(1));
    expect(await resend()).toBe(0);
    await lose();
    expect(await resend([RESULTS])).toBe(0);
    expect(await resend([])).toBe(0);
  });

  test('does not include steps that somebody is just claiming', async () => {
    const task = await engine.start(linear(1));
    await lose();
    await engine.withSession(async (other) => {
      await other.begin();
      await other.worker.claimSteps({
        queue: WORKERS,
        workerId: 'b',
        max: 1,
        leaseMs: 60_000,
        given: [stepIdOf(task, 1)],
      });
      expect(await resend()).toBe(0);
      await other.commit();
    });
    expect(await resend()).toBe(0);
  });

  test('does not include results that were put aside because they cannot be applied', async () => {
    const task = await engine.start(linear(1));
    await engine.report(await engine.claim());
    await lose();
    await engine.pool.query('select tasker.dead_letter($1, $2, $3)', [
      RESULTS,
      { step_uuid: stepIdOf(task, 1) },
      'broken',
    ]);
    expect(await resend()).toBe(0);
    await engine.pool.query(`select pgmq.drop_queue($1)`, [`${RESULTS}_dlq`]);
    expect(await resend()).toBe(1);
  });
});
