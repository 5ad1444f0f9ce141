import { checkInvariants } from './invariants';
import { stepIdOf } from './new-task-id';
import type { FailureDecision } from './orchestration-store';
import { failing, failure, giveUp, retryAfter } from './testing/handlers';
import { fanOut, linear, twoBranches } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };

function decision(stepUuid: FailureDecision['stepUuid'], wish: Partial<FailureDecision> = {}): FailureDecision {
  return { stepUuid, attempt: 1, about: 'reported', retryDelayMs: null, reason: 'out of stock', ...wish };
}

test('a reported failure is given out for a decision with all that it takes', async () => {
  const task = await engine.start(linear(1, { maxAttempts: 5 }));
  await engine.report(await engine.claim(), () => failure({ retryable: false, retryAfterMs: 250 }));
  expect(await engine.orchestration.advanceResults(10)).toEqual({
    taken: 1,
    completed: 0,
    deadLettered: [],
    settled: [],
    undecided: [
      {
        stepUuid: stepIdOf(task, 1),
        taskUuid: task,
        namespace: 'shop',
        attempt: 1,
        maxAttempts: 5,
        retryable: true,
        backoff: { backoff: 'none', backoffBaseMs: null, maxBackoffMs: null },
        failure: { kind: 'reported', retryable: false, retryAfterMs: 250, message: 'out of stock' },
      },
    ],
  });
  await engine.orchestration.decideFailures([decision(stepIdOf(task, 1))]);
});

test('a failure that is tried again makes the task wait for the retry', async () => {
  const task = await engine.start(linear(2));
  await engine.round(failing('step_1'), retryAfter(60_000));
  expect(await engine.task(task)).toMatchObject({ state: 'waiting_for_retry', steps_retrying: 1, steps_active: 0 });
  const [step] = await engine.reader.listSteps(task);
  expect(step).toMatchObject({ state: 'waiting_for_retry', attempts: 1, due_at: expect.any(Date) });
  expect((await engine.taskHops(task)).at(-1)).toBe('steps_in_process > waiting_for_retry');
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.at(-1)).toMatchObject({ event: 'wait_for_retry', actor: 'orchestrator', reason: 'out of stock' });
});

test('a failure for good blocks the task and its descendants only', async () => {
  const task = await engine.start(linear(3));
  await engine.report(await engine.claim(), failing('step_1'));
  const { undecided } = await engine.orchestration.advanceResults(10);
  expect(await engine.orchestration.decideFailures([decision(undecided[0]!.stepUuid)])).toEqual([
    { taskUuid: task, namespace: 'shop', state: 'blocked_by_failures' },
  ]);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'error', step_2: 'pending', step_3: 'pending' });
  expect((await engine.taskHops(task)).slice(3)).toEqual([
    'steps_in_process > evaluating_results',
    'evaluating_results > blocked_by_failures',
  ]);
});

test('a failure while other branches run leaves the task in process', async () => {
  const task = await engine.start(twoBranches());
  const steps = await engine.claim();
  await engine.report(
    steps.filter((step) => step.stepName === 'red_1'),
    failing('red_1'),
  );
  await engine.advance(retryAfter(60_000));
  expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', steps_active: 1, steps_retrying: 1 });
});

test('a task with one branch failed and another waiting for a retry waits for the retry', async () => {
  const task = await engine.start(twoBranches());
  await engine.round(failing('red_1', 'blue_1'), (step) => (step.stepUuid === stepIdOf(task, 1) ? null : 60_000));
  expect(await engine.task(task)).toMatchObject({ state: 'waiting_for_retry', steps_failed: 1, steps_retrying: 1 });
});

test('all attempts of a step are made, then the task is blocked', async () => {
  const task = await engine.start(linear(1, { maxAttempts: 3 }));
  expect(await engine.runToRest(failing('step_1'))).toBe(3);
  expect((await engine.reader.listSteps(task))[0]).toMatchObject({ state: 'error', attempts: 3, max_attempts: 3 });
  expect(await engine.taskState(task)).toBe('blocked_by_failures');
});

test('a step that succeeds at its second attempt has no error left', async () => {
  const task = await engine.start(linear(1));
  await engine.runToRest((step) => (step.attempt === 1 ? failure() : { kind: 'success', result: 'ok', metadata: {} }));
  expect((await engine.reader.listSteps(task))[0]).toMatchObject({ state: 'complete', error: null, result: 'ok' });
  expect(await engine.taskState(task)).toBe('complete');
});

test('failures of many tasks are decided in one call', async () => {
  const tasks = [await engine.start(fanOut(3)), await engine.start(fanOut(3, { name: 'other' }))];
  await engine.round();
  await engine.report(await engine.claim(), failing('branch_1', 'branch_2', 'branch_3'));
  await engine.advance(giveUp);
  for (const task of tasks) {
    expect(await engine.task(task)).toMatchObject({ state: 'blocked_by_failures', steps_failed: 3 });
  }
});

test('a decision that came twice, or to a later attempt, changes nothing', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  await engine.orchestration.advanceResults(10);
  const first = decision(stepIdOf(task, 1), { retryDelayMs: 0 });
  await engine.orchestration.decideFailures([first, first]);
  await engine.orchestration.decideFailures([first]);
  await engine.orchestration.recoverDueSteps(10);
  await engine.claim();
  await engine.orchestration.decideFailures([first]);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
  expect(await engine.queueLength('worker_shop_queue')).toBe(0);
});

test('two orchestrators that decide about one failure at once apply one decision', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  await engine.orchestration.advanceResults(10);
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      await first.orchestration.decideFailures([decision(stepIdOf(task, 1), { retryDelayMs: 60_000 })]);
      const other = second.orchestration.decideFailures([decision(stepIdOf(task, 1))]);
      await second.untilBlocked();
      await first.commit();
      expect(await other).toEqual([]);
    }),
  );
  expect(await engine.taskState(task)).toBe('waiting_for_retry');
});

test('a decision about a lease that ended is not applied to the failure that its worker reported meanwhile', async () => {
  const task = await engine.start(linear(1));
  const steps = await engine.claim({ leaseMs: 0 });
  const { undecided } = await engine.orchestration.recoverDueSteps(10);
  expect(undecided).toHaveLength(1);
  await engine.report(steps, () => failure({ retryable: false }));
  await engine.orchestration.decideFailures([
    decision(stepIdOf(task, 1), { about: 'lease_expired', retryDelayMs: 0, reason: 'lease ended' }),
  ]);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'enqueued_as_error_for_orchestration' });
  await engine.advance(giveUp);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'error' });
});

test('a lease that ended is logged as such and its step keeps why', async () => {
  const task = await engine.start(linear(1));
  await engine.claim({ leaseMs: 0 });
  await engine.orchestration.decideFailures([
    decision(stepIdOf(task, 1), { about: 'lease_expired', retryDelayMs: 0, reason: 'no report' }),
  ]);
  const [step] = await engine.reader.listSteps(task);
  expect(step).toMatchObject({ state: 'waiting_for_retry', worker_id: null, error: { message: 'no report' } });
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.at(-1)).toMatchObject({
    from_state: 'in_progress',
    event: 'lease_expired',
    to_state: 'waiting_for_retry',
  });
});

test('a lease that runs is not taken away by a decision', async () => {
  const task = await engine.start(linear(1));
  await engine.claim({ leaseMs: 60_000 });
  expect(await engine.orchestration.decideFailures([decision(stepIdOf(task, 1))])).toEqual([]);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
});

test('a decision that meets a cancellation waits for it and changes nothing', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  await engine.orchestration.advanceResults(10);
  await engine.withSession(async (operator) =>
    engine.withSession(async (orchestrator) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const decided = orchestrator.orchestration.decideFailures([decision(stepIdOf(task, 1), { retryDelayMs: 0 })]);
      await orchestrator.untilBlocked();
      await operator.commit();
      expect(await decided).toEqual([]);
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'cancelled' });
});

test('no decisions is no work', async () => {
  expect(await engine.orchestration.decideFailures([])).toEqual([]);
});
