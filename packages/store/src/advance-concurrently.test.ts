import { checkInvariants } from './invariants';
import { stepIdOf } from './new-task-id';
import { failing } from './testing/handlers';
import { diamond, linear, templateOf, tree, twoParents } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const results = 'orchestration_step_results';
const signature = { actor: 'ada', reason: 'test' };

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
      expect(await cancel).toMatchObject({ kind: 'applied', state: 'cancelled' });
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'cancelled' });
  expect(await engine.claim()).toEqual([]);
});
