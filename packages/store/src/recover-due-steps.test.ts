import { checkInvariants } from './invariants';
import { stepIdOf } from './new-task-id';
import { failing, retryAfter } from './testing/handlers';
import { linear, twoBranches } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const queue = 'worker_shop_queue';

test('nothing is due in an empty database', async () => {
  expect(await engine.orchestration.recoverDueSteps(10)).toEqual({ retried: 0, undecided: [], nextDueMs: null });
});

test('a retry that is due is enqueued and the task is in process again', async () => {
  const task = await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(0));
  expect(await engine.orchestration.recoverDueSteps(10)).toEqual({ retried: 1, undecided: [], nextDueMs: null });
  expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', steps_active: 1, steps_retrying: 0 });
  expect((await engine.stepHops(task, 'step_1')).slice(-2)).toEqual([
    'waiting_for_retry > pending',
    'pending > enqueued',
  ]);
  expect((await engine.taskHops(task)).slice(-2)).toEqual([
    'waiting_for_retry > enqueuing_steps',
    'enqueuing_steps > steps_in_process',
  ]);
  expect(await engine.queueLength(queue)).toBe(1);
});

test('retries that are due are counted until they are enqueued, and no others', async () => {
  await engine.start(linear(1));
  await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(0));
  expect(await engine.reader.countDueSteps()).toBe(2);
  await engine.orchestration.recoverDueSteps(10);
  await engine.round(failing('step_1'), retryAfter(60_000));
  expect(await engine.reader.countDueSteps()).toBe(0);
});

test('a retry that is not due stays, and recovery says when it is', async () => {
  const task = await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(60_000));
  const { retried, nextDueMs } = await engine.orchestration.recoverDueSteps(10);
  expect(retried).toBe(0);
  expect(nextDueMs).toBeGreaterThan(0);
  expect(nextDueMs).toBeLessThanOrEqual(60_000);
  expect(await engine.taskState(task)).toBe('waiting_for_retry');
});

test('the end of a lease is among the times that are told', async () => {
  await engine.start(linear(1));
  await engine.claim({ leaseMs: 30_000 });
  const { nextDueMs } = await engine.orchestration.recoverDueSteps(10);
  expect(nextDueMs).toBeGreaterThan(0);
  expect(nextDueMs).toBeLessThanOrEqual(30_000);
});

test('a round takes no more than it is asked for, and says at once that more is due', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const tasks = Array.from({ length: 5 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  await engine.round(failing('step_1'), retryAfter(0));
  expect(await engine.orchestration.recoverDueSteps(3)).toMatchObject({ retried: 3, nextDueMs: 0 });
  expect(await engine.orchestration.recoverDueSteps(3)).toMatchObject({ retried: 2, nextDueMs: null });
});

test('a lease that ended is given out until somebody decides', async () => {
  const task = await engine.start(linear(1));
  await engine.claim({ leaseMs: 0 });
  const expected = [{ stepUuid: stepIdOf(task, 1), attempt: 1, failure: { kind: 'lease_expired' } }];
  expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({ undecided: expected });
  expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({ undecided: expected });
});

test('a failure whose decision never came is given out again', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  await engine.pool.query("select tasker.advance_results(10, 'crashed', 0, false)");
  expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({
    undecided: [{ stepUuid: stepIdOf(task, 1), failure: { kind: 'reported', message: 'out of stock' } }],
  });
});

test('a failure that is being decided is not given out again', async () => {
  await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  await engine.orchestration.advanceResults(10);
  expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({ undecided: [] });
});

test('two recoveries at once retry each step once: the second leaves what the first holds', async () => {
  await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(0));
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 1 });
      expect(await second.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 0, undecided: [] });
      await first.commit();
      expect(await second.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 0 });
    }),
  );
  expect(await engine.queueLength(queue)).toBe(1);
});

test('many recoveries at once retry each step once', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const tasks = Array.from({ length: 60 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  await engine.round(failing('step_1'), retryAfter(0));
  let retried = 0;
  while (retried < 60) {
    const rounds = await Promise.all(Array.from({ length: 8 }, () => engine.orchestration.recoverDueSteps(10)));
    retried += rounds.reduce((sum, round) => sum + round.retried, 0);
  }
  expect(retried).toBe(60);
  expect(await engine.queueLength(queue)).toBe(60);
});

test('a retry that comes due while a result of its task is being applied is left to the next round', async () => {
  const task = await engine.start(twoBranches());
  const steps = await engine.claim();
  await engine.report(steps, failing('red_1'));
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      const { undecided } = await first.orchestration.advanceResults(10);
      const { stepUuid } = undecided[0]!;
      await first.orchestration.decideFailures([
        { stepUuid, attempt: 1, about: 'reported', retryDelayMs: 0, reason: 'again' },
      ]);
      expect(await second.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 0 });
      await first.commit();
      expect(await second.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 1 });
    }),
  );
  expect(await engine.stepStates(task)).toMatchObject({ red_1: 'enqueued', blue_1: 'complete', blue_2: 'enqueued' });
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a result of one branch that meets the retry of another waits for it, and both count', async () => {
  const task = await engine.start(twoBranches());
  const steps = await engine.claim();
  await engine.report(
    steps.filter((step) => step.stepName === 'red_1'),
    failing('red_1'),
  );
  await engine.advance(retryAfter(0));
  await engine.report(steps.filter((step) => step.stepName === 'blue_1'));
  await engine.withSession(async (recovery) =>
    engine.withSession(async (orchestrator) => {
      await recovery.begin();
      expect(await recovery.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 1 });
      const advance = orchestrator.orchestration.advanceResults(10);
      await orchestrator.untilBlocked();
      await recovery.commit();
      expect(await advance).toMatchObject({ completed: 1 });
    }),
  );
  expect(await engine.task(task)).toMatchObject({ steps_active: 2, steps_done: 1, steps_retrying: 0 });
});

test('the retry of a cancelled task is gone', async () => {
  const task = await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(0));
  await engine.operator.endTask(task, 'cancel', { actor: 'ada', reason: null });
  expect(await engine.orchestration.recoverDueSteps(10)).toEqual({ retried: 0, undecided: [], nextDueMs: null });
});

test('workers are notified of retries once per namespace, and not when they need not be', async () => {
  await engine.start(twoBranches());
  await engine.round(failing('red_1', 'blue_1'), retryAfter(0));
  const retryOne = () => engine.pool.query("select tasker.recover_due_steps(1, 'orchestrator', false)");
  expect(await engine.heardOn('pgmq_message_ready.shop', retryOne)).toEqual([]);
  const retryAll = () => engine.orchestration.recoverDueSteps(10);
  expect(await engine.heardOn('pgmq_message_ready.shop', retryAll)).toEqual([queue]);
  expect(await engine.heardOn('pgmq_message_ready.shop', retryAll)).toEqual([]);
});
