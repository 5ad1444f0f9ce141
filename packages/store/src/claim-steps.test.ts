import { checkInvariants } from './invariants';
import { newTaskId, stepIdOf } from './new-task-id';
import { diamond, fanOut, linear, tree } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const queue = 'worker_shop_queue';
const signature = { actor: 'ada', reason: 'test' };
const claimOf = (workerId: string, max = 100) => ({ queue, workerId, max, leaseMs: 60_000 });

test('a claim gives all that the handler needs', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const correlationId = newTaskId();
  const task = await engine.start(linear(1), { context: { order: 9 }, correlationId, traceparent });
  expect(await engine.claim()).toEqual([
    {
      stepUuid: stepIdOf(task, 1),
      taskUuid: task,
      stepName: 'step_1',
      attempt: 1,
      maxAttempts: 3,
      retryable: true,
      correlationId,
      traceparent,
      namespace: 'shop',
      taskName: 'order',
      taskVersion: '1.0.0',
      context: { order: 9 },
      handler: { callable: 'handlers/step_1', method: null, resolver: null, initialization: { colour: 'blue' } },
      timeoutMs: 30_000,
      dependencyResults: {},
      inputs: {},
      checkpoint: null,
    },
  ]);
});

test('a claim counts the attempt, takes the lease, and leaves no message', async () => {
  const task = await engine.start(linear(1));
  await engine.claim({ workerId: 'w-1', leaseMs: 60_000 });
  const [step] = await engine.reader.listSteps(task);
  expect(step).toMatchObject({ state: 'in_progress', attempts: 1, worker_id: 'w-1', due_at: expect.any(Date) });
  expect(step!.due_at!.getTime() - step!.last_attempted_at!.getTime()).toBe(60_000);
  expect(await engine.queueLength(queue)).toBe(0);
});

test('a step gets the results of its parents and of their ancestors', async () => {
  await engine.start(tree());
  for (let round = 0; round < 3; round += 1) await engine.round();
  const [end] = await engine.claim();
  expect(end?.stepName).toBe('end');
  expect(end?.dependencyResults).toEqual(
    Object.fromEntries(
      ['root', 'left', 'right', 'left_1', 'left_2', 'right_1', 'right_2'].map((name) => [name, { by: name }]),
    ),
  );
});

test('a claim takes no more than it asked for and no step twice', async () => {
  await engine.start(fanOut(5));
  await engine.round();
  const first = await engine.claim({ max: 2 });
  const second = await engine.claim({ max: 2 });
  const third = await engine.claim({ max: 2 });
  expect([first.length, second.length, third.length]).toEqual([2, 2, 1]);
  expect(new Set([...first, ...second, ...third].map((step) => step.stepUuid)).size).toBe(5);
});

test('a claim on an empty queue gives nothing', async () => {
  await engine.templates.register(linear(1));
  expect(await engine.claim()).toEqual([]);
});

test('a worker does not wait for what another one is claiming', async () => {
  await engine.start(fanOut(4));
  await engine.round();
  await engine.withSession(async (other) => {
    await other.begin();
    const theirs = await other.worker.claimSteps(claimOf('other', 3));
    const mine = await engine.claim();
    await other.commit();
    expect([theirs.length, mine.length]).toEqual([3, 1]);
  });
});

test('a claim that is rolled back leaves its steps to others', async () => {
  const task = await engine.start(linear(1));
  await engine.withSession(async (other) => {
    await other.begin();
    await other.worker.claimSteps(claimOf('other'));
    await other.rollback();
  });
  expect(await engine.claim()).toMatchObject([{ taskUuid: task, attempt: 1 }]);
});

test('many workers that claim at once share the steps: each goes to one', async () => {
  await engine.start(fanOut(200));
  await engine.round();
  const claims = await Promise.all(
    Array.from({ length: 40 }, (_, index) => engine.claim({ max: 7, workerId: `w-${index}` })),
  );
  const ids = claims.flat().map((step) => step.stepUuid);
  expect(new Set(ids).size).toBe(ids.length);
  ids.push(...(await engine.claim()).map((step) => step.stepUuid));
  expect(ids).toHaveLength(200);
});

test('a message that came twice starts its step once', async () => {
  const task = await engine.start(linear(1));
  await engine.claim();
  await engine.pool.query("select pgmq.send($1, jsonb_build_object('step_uuid', $2::text))", [
    queue,
    stepIdOf(task, 1),
  ]);
  expect(await engine.claim()).toEqual([]);
  expect(await engine.queueLength(queue)).toBe(0);
});

test('the message of a cancelled step is dropped', async () => {
  const task = await engine.start(linear(1));
  await engine.operator.endTask(task, 'cancel', signature);
  expect(await engine.queueLength(queue)).toBe(1);
  expect(await engine.claim()).toEqual([]);
  expect(await engine.queueLength(queue)).toBe(0);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'cancelled' });
});

test('messages that are dropped are made up for: fewer steps than asked for mean an empty queue', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const send = async (message: string) => engine.pool.query('select pgmq.send($1, $2::jsonb)', [queue, message]);
  const create = async () => {
    const task = newTask(templateUuid);
    await engine.orchestration.createTasks([task], { defaultMaxAttempts: 3, wake: false });
    return task.taskUuid;
  };
  for (let index = 0; index < 3; index += 1) await engine.operator.endTask(await create(), 'cancel', signature);
  const first = await create();
  await send(`{"step_uuid": "${stepIdOf(first, 1)}"}`);
  await send('{}');
  await send('"text"');
  const second = await create();
  const third = await create();
  expect((await engine.claim({ max: 2 })).map((step) => step.taskUuid)).toEqual([first, second]);
  expect((await engine.claim({ max: 2 })).map((step) => step.taskUuid)).toEqual([third]);
  expect(await engine.queueLength(queue)).toBe(0);
});

test('a message of a step that does not exist is dropped', async () => {
  await engine.templates.register(linear(1));
  await engine.pool.query("select pgmq.send($1, jsonb_build_object('step_uuid', $2::text))", [queue, newTaskId()]);
  expect(await engine.claim()).toEqual([]);
  expect(await engine.queueLength(queue)).toBe(0);
});

test.each([
  ['an object without the step', '{"other": 1}'],
  ['a step id that is none', '{"step_uuid": "7"}'],
  ['a number', '5'],
  ['an array', '[]'],
  ['null', 'null'],
])('%s is dead-lettered with its reason and blocks nothing', async (_, message) => {
  const template = (await engine.templates.register(linear(1))).templateUuid;
  await engine.pool.query('select pgmq.send($1, $2::jsonb)', [queue, message]);
  await engine.orchestration.createTasks([newTask(template)], { defaultMaxAttempts: 3, wake: false });
  expect(await engine.claim()).toHaveLength(1);
  const { rows } = await engine.pool.query(`select message, headers from pgmq.q_${queue}_dlq`);
  expect(rows).toEqual([{ message: JSON.parse(message), headers: { reason: 'the message names no step', queue } }]);
  expect(await engine.queueLength(queue)).toBe(0);
});

test('a claim that meets a cancellation waits for it and drops the step', async () => {
  const task = await engine.start(linear(1));
  await engine.withSession(async (operator) =>
    engine.withSession(async (worker) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const claim = worker.worker.claimSteps(claimOf('w'));
      await worker.untilBlocked();
      await operator.commit();
      expect(await claim).toEqual([]);
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'cancelled' });
});

test('a claim that meets a cancellation which is rolled back gets the step', async () => {
  const task = await engine.start(linear(1));
  await engine.withSession(async (operator) =>
    engine.withSession(async (worker) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const claim = worker.worker.claimSteps(claimOf('w'));
      await worker.untilBlocked();
      await operator.rollback();
      expect(await claim).toMatchObject([{ taskUuid: task }]);
    }),
  );
});

test('a cancellation that meets a claim waits for it and cancels the running step', async () => {
  const task = await engine.start(diamond());
  await engine.withSession(async (worker) =>
    engine.withSession(async (operator) => {
      await worker.begin();
      const [step] = await worker.worker.claimSteps(claimOf('w'));
      const cancel = operator.operator.endTask(task, 'cancel', signature);
      await operator.untilBlocked();
      await worker.commit();
      expect(await cancel).toMatchObject({ kind: 'applied', state: 'cancelled' });
      expect(await worker.worker.renewLeases('w', [{ stepUuid: step!.stepUuid, attempt: 1 }], 1000)).toEqual([
        step!.stepUuid,
      ]);
    }),
  );
  expect(await engine.stepHops(task, 'top')).toEqual([
    'pending > enqueued',
    'enqueued > in_progress',
    'in_progress > cancelled',
  ]);
});
