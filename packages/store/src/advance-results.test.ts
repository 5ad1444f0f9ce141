import { checkInvariants } from './invariants';
import { newTaskId, stepIdOf } from './new-task-id';
import { diamond, fanOut, linear, templateOf, tree, twoBranches, twoParents } from './testing/template-fixtures';
import { createTestEngine, failing, giveUp, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const results = 'orchestration_step_results';
const signature = { actor: 'ada', reason: 'test' };

test('a finished step completes, its children are enqueued and the task logs every hop', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toEqual({ taken: 1, completed: 1, settled: [], undecided: [] });
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
  expect((await engine.taskHops(task)).slice(3)).toEqual([
    'steps_in_process > evaluating_results',
    'evaluating_results > enqueuing_steps',
    'enqueuing_steps > steps_in_process',
  ]);
  expect(await engine.stepHops(task, 'step_1')).toEqual([
    'pending > enqueued',
    'enqueued > in_progress',
    'in_progress > enqueued_for_orchestration',
    'enqueued_for_orchestration > complete',
  ]);
});

test('the last result completes the task and names it as settled', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({
    settled: [{ taskUuid: task, namespace: 'shop', state: 'complete' }],
  });
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_done: 1, completed_at: expect.any(Date) });
  expect((await engine.taskHops(task)).slice(3)).toEqual([
    'steps_in_process > evaluating_results',
    'evaluating_results > complete',
  ]);
});

test('nothing to take gives zero', async () => {
  expect(await engine.orchestration.advanceResults(10)).toEqual({ taken: 0, completed: 0, settled: [], undecided: [] });
});

test.each([
  ['a chain', linear(5), 5],
  ['a diamond', diamond(), 4],
  ['a tree', tree(), 8],
  ['two branches', twoBranches(), 4],
  ['a fan-out', fanOut(40), 42],
])('%s runs every step once and completes', async (_, template, steps) => {
  const task = await engine.start(template);
  expect(await engine.runToRest()).toBe(steps);
  expect(await engine.taskState(task)).toBe('complete');
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a fan-out of 1,000 completes', async () => {
  const task = await engine.start(fanOut(1000));
  expect(await engine.runToRest()).toBe(1002);
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_done: 1002, steps_total: 1002 });
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a chain of 200 completes', async () => {
  const task = await engine.start(linear(200));
  expect(await engine.runToRest()).toBe(200);
  expect(await engine.taskState(task)).toBe('complete');
});

test('results of many tasks are applied in one call', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const tasks = Array.from({ length: 50 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  await engine.report(await engine.claim());
  const { completed, settled } = await engine.orchestration.advanceResults(100);
  expect(completed).toBe(50);
  expect(settled.map((task) => task.taskUuid).sort()).toEqual(tasks.map((task) => task.taskUuid).sort());
});

test('a child of two parents that finish in one batch is enqueued once', async () => {
  const task = await engine.start(twoParents());
  await engine.report(await engine.claim());
  await engine.advance();
  expect(await engine.stepStates(task)).toEqual({ left: 'complete', right: 'complete', child: 'enqueued' });
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});

test('two parents that finish in two transactions at once: the second waits for the task and enqueues the child', async () => {
  const task = await engine.start(twoParents());
  await engine.report(await engine.claim());
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      await second.begin();
      expect(await first.orchestration.advanceResults(1)).toMatchObject({ completed: 1 });
      const other = second.orchestration.advanceResults(1);
      await second.untilBlocked();
      await first.commit();
      expect(await other).toMatchObject({ completed: 1 });
      await second.commit();
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ left: 'complete', right: 'complete', child: 'enqueued' });
  expect(await engine.runToRest()).toBe(1);
  expect(await engine.taskState(task)).toBe('complete');
});

test('two last steps that finish in two transactions at once complete the task once', async () => {
  const task = await engine.start(templateOf({ left: [], right: [] }));
  await engine.report(await engine.claim());
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.orchestration.advanceResults(1)).toMatchObject({ completed: 1, settled: [] });
      const other = second.orchestration.advanceResults(1);
      await second.untilBlocked();
      await first.commit();
      expect(await other).toMatchObject({ completed: 1, settled: [{ taskUuid: task, state: 'complete' }] });
    }),
  );
  expect((await engine.taskHops(task)).filter((hop) => hop.endsWith('> complete'))).toHaveLength(1);
});

test('many orchestrators that advance at once lose no wake-up', async () => {
  const { templateUuid } = await engine.templates.register(diamond());
  const tasks = Array.from({ length: 20 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  for (let ran = 1; ran > 0; ) {
    const steps = await engine.claim();
    ran = steps.length;
    await Promise.all(steps.map((step) => engine.report([step])));
    while ((await engine.queueLength(results)) > 0) {
      await Promise.all(Array.from({ length: 8 }, () => engine.orchestration.advanceResults(3)));
    }
  }
  const states = await engine.reader.listTasks({ states: ['complete'], limit: 100 });
  expect(states).toHaveLength(20);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('orchestrators, workers and recovery that all run at once finish every task', async () => {
  const { templateUuid } = await engine.templates.register(tree({ maxAttempts: 100 }));
  const tasks = Array.from({ length: 15 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  let attempts = 0;
  const flaky = () => {
    attempts += 1;
    return attempts % 3 === 0 ? failing('root', 'left', 'right', 'left_1', 'end') : failing();
  };
  const work = async (workerId: string) => {
    const steps = await engine.claim({ workerId, max: 4 });
    await engine.report(steps, flaky(), workerId);
    await engine.worker.renewLeases(workerId, steps, 1000);
  };
  while ((await engine.reader.countOpenTasks()).length > 0) {
    await Promise.all([
      work('w-1'),
      work('w-2'),
      work('w-3'),
      engine.advance(),
      engine.advance(),
      engine.orchestration.recoverDueSteps(20),
      engine.orchestration.recoverDueSteps(20),
    ]);
  }
  expect(await engine.reader.listTasks({ states: ['complete'], limit: 100 })).toHaveLength(15);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a result that one orchestrator holds is not seen by another', async () => {
  await engine.start(linear(1));
  await engine.report(await engine.claim());
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.orchestration.advanceResults(10)).toMatchObject({ taken: 1 });
      expect(await second.orchestration.advanceResults(10)).toMatchObject({ taken: 0 });
      await first.commit();
    }),
  );
});

test('a result whose transaction is rolled back is applied by the next', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim());
  await engine.withSession(async (first) => {
    await first.begin();
    await first.orchestration.advanceResults(10);
    await first.rollback();
  });
  expect(await engine.taskState(task)).toBe('steps_in_process');
  await engine.advance();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a result message that came twice is applied once, by two orchestrators at once too', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  await engine.pool.query("select pgmq.send($1, jsonb_build_object('step_uuid', $2::text))", [
    results,
    stepIdOf(task, 1),
  ]);
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.orchestration.advanceResults(1)).toMatchObject({ completed: 1 });
      const other = second.orchestration.advanceResults(1);
      await second.untilBlocked();
      await first.commit();
      expect(await other).toMatchObject({ taken: 1, completed: 0 });
    }),
  );
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});

test('a result that arrives while its task is being cancelled has no effect', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  await engine.withSession(async (operator) =>
    engine.withSession(async (orchestrator) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const advance = orchestrator.orchestration.advanceResults(10);
      await orchestrator.untilBlocked();
      await operator.commit();
      expect(await advance).toMatchObject({ taken: 1, completed: 0 });
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'cancelled', step_2: 'cancelled' });
});

test('a cancellation that meets a result which is being applied cancels the child that became ready', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  await engine.withSession(async (orchestrator) =>
    engine.withSession(async (operator) => {
      await orchestrator.begin();
      await orchestrator.orchestration.advanceResults(10);
      const cancel = operator.operator.endTask(task, 'cancel', signature);
      await operator.untilBlocked();
      await orchestrator.commit();
      expect(await cancel).toEqual({ kind: 'applied', state: 'cancelled' });
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'cancelled' });
  expect(await engine.claim()).toEqual([]);
});

test('garbage among the results is dead-lettered with its reason and the others are applied', async () => {
  const task = await engine.start(linear(1));
  await engine.pool.query(`select pgmq.send($1, '{"task": "none"}')`, [results]);
  await engine.pool.query(`select pgmq.send($1, 'null')`, [results]);
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({ completed: 1 });
  expect(await engine.taskState(task)).toBe('complete');
  const { rows } = await engine.pool.query(`select message, headers ->> 'reason' as reason from pgmq.q_${results}_dlq`);
  expect(rows).toEqual([
    { message: { task: 'none' }, reason: 'the message names no step' },
    { message: null, reason: 'the message names no step' },
  ]);
});

test('a batch of garbage alone is taken off, and a result of an unknown step is dropped', async () => {
  await engine.pool.query(`select pgmq.send($1, '7')`, [results]);
  await engine.pool.query("select pgmq.send($1, jsonb_build_object('step_uuid', $2::text))", [results, newTaskId()]);
  await engine.advance();
  expect(await engine.queueLength(results)).toBe(0);
});

test('garbage is made up for: nothing taken means an empty queue', async () => {
  const task = await engine.start(linear(1));
  for (let index = 0; index < 3; index += 1) await engine.pool.query(`select pgmq.send($1, '7')`, [results]);
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(1)).toMatchObject({ taken: 1, completed: 1 });
  expect(await engine.orchestration.advanceResults(1)).toMatchObject({ taken: 0 });
  expect(await engine.taskState(task)).toBe('complete');
});

test('workers are notified once of the children that became ready, and not when they need not be', async () => {
  await engine.start(fanOut(3));
  await engine.report(await engine.claim());
  const advance = () => engine.orchestration.advanceResults(10);
  expect(await engine.heardOn('pgmq_message_ready.shop', advance)).toEqual(['worker_shop_queue']);
  await engine.report(await engine.claim());
  const quietly = () => engine.pool.query("select tasker.advance_results(10, 'orchestrator', 1000, false)");
  expect(await engine.heardOn('pgmq_message_ready.shop', quietly)).toEqual([]);
});

test('independent branches run to their end before a failure blocks the task', async () => {
  const task = await engine.start(twoBranches());
  await engine.round(failing('red_1'), giveUp);
  expect(await engine.taskState(task)).toBe('steps_in_process');
  expect(await engine.stepStates(task)).toEqual({
    red_1: 'error',
    red_2: 'pending',
    blue_1: 'complete',
    blue_2: 'enqueued',
  });
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({
    settled: [{ taskUuid: task, state: 'blocked_by_failures' }],
  });
  expect((await engine.taskHops(task)).at(-1)).toBe('evaluating_results > blocked_by_failures');
});

test('the task keeps what its request said', async () => {
  const parent = newTaskId();
  const task = await engine.start(linear(1), { tags: ['gold', 'eu'], priority: 4, parentCorrelationId: parent });
  await engine.runToRest();
  expect(await engine.task(task)).toMatchObject({ tags: ['gold', 'eu'], priority: 4, parent_correlation_id: parent });
});
