import { checkInvariants } from './invariants';
import { newTaskId, stepIdOf } from './new-task-id';
import type { StepAction } from './operator-store';
import { failing, failure, giveUp, retryAfter } from './testing/handlers';
import { diamond, linear, twoBranches, twoParents } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'the supplier called' };
const reset: StepAction = { kind: 'reset_for_retry' };
const resolve: StepAction = { kind: 'resolve_manually' };
const complete = { kind: 'complete_manually', result: { by: 'hand' } } as const;
const results = 'orchestration_step_results';

/** Starts a chain of two whose first step has failed for good. */
async function startBlocked(): Promise<Awaited<ReturnType<TestEngine['start']>>> {
  const task = await engine.start(linear(2));
  await engine.runToRest(failing('step_1'), giveUp);
  return task;
}

describe('a step of a blocked task', () => {
  test('that is reset runs again from its first attempt', async () => {
    const task = await startBlocked();
    expect(await engine.operator.resolveStep(stepIdOf(task, 1), reset, signature)).toMatchObject({
      kind: 'applied',
      state: 'enqueued',
    });
    expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', steps_failed: 0, steps_active: 1 });
    expect((await engine.reader.listSteps(task))[0]).toMatchObject({ attempts: 0, error: null, worker_id: null });
    expect((await engine.taskHops(task)).slice(-3)).toEqual([
      'blocked_by_failures > evaluating_results',
      'evaluating_results > enqueuing_steps',
      'enqueuing_steps > steps_in_process',
    ]);
    expect(await engine.runToRest()).toBe(2);
    expect(await engine.taskState(task)).toBe('complete');
  });

  test('that is completed by hand gives its result to its children, which run at once', async () => {
    const task = await startBlocked();
    await engine.operator.resolveStep(stepIdOf(task, 1), complete, signature);
    expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
    expect(await engine.claim()).toMatchObject([{ stepName: 'step_2', dependencyResults: { step_1: { by: 'hand' } } }]);
  });

  test('that is completed by hand with metadata has it in its log, and without has none', async () => {
    const [first, second] = [await startBlocked(), await startBlocked()];
    const metadata = { invoice: 881 };
    await engine.operator.resolveStep(stepIdOf(first, 1), { ...complete, metadata }, signature);
    await engine.operator.resolveStep(stepIdOf(second, 1), complete, signature);
    const logged = await engine.reader.listStepTransitions(stepIdOf(first, 1));
    expect(logged.at(-1)).toMatchObject({ event: 'complete_manually', detail: { metadata } });
    expect((await engine.reader.listStepTransitions(stepIdOf(second, 1))).at(-1)?.detail).toBeNull();
  });

  test('that is resolved by hand lets its children run without a result', async () => {
    const task = await startBlocked();
    await engine.operator.resolveStep(stepIdOf(task, 1), resolve, signature);
    expect(await engine.claim()).toMatchObject([{ stepName: 'step_2', dependencyResults: { step_1: null } }]);
  });

  test('that is its last one completes the task', async () => {
    const task = await engine.start(linear(1));
    await engine.runToRest(failing('step_1'), giveUp);
    await engine.operator.resolveStep(stepIdOf(task, 1), resolve, signature);
    expect(await engine.task(task)).toMatchObject({ state: 'complete', completed_at: expect.any(Date) });
    expect((await engine.taskHops(task)).slice(-2)).toEqual([
      'blocked_by_failures > evaluating_results',
      'evaluating_results > complete',
    ]);
  });

  test('that is repaired while another one is failed too leaves the task blocked, until that one is repaired', async () => {
    const task = await engine.start(twoParents());
    await engine.runToRest(failing('left', 'right'), giveUp);
    await engine.operator.resolveStep(await engine.stepId(task, 'left'), complete, signature);
    expect(await engine.taskState(task)).toBe('blocked_by_failures');
    await engine.operator.resolveStep(await engine.stepId(task, 'right'), complete, signature);
    expect(await engine.taskState(task)).toBe('steps_in_process');
    await engine.runToRest();
    expect(await engine.taskState(task)).toBe('complete');
  });

  test('that still waits for its parents may be completed by hand; it does not run when they finish', async () => {
    const task = await startBlocked();
    await engine.operator.resolveStep(stepIdOf(task, 2), complete, signature);
    expect(await engine.taskState(task)).toBe('blocked_by_failures');
    await engine.operator.resolveStep(stepIdOf(task, 1), reset, signature);
    expect(await engine.runToRest()).toBe(1);
    expect(await engine.taskState(task)).toBe('complete');
  });
});

test('each action signs the log with who and why', async () => {
  const task = await startBlocked();
  await engine.operator.resolveStep(stepIdOf(task, 1), reset, signature);
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.find((row) => row.event === 'reset_for_retry')).toMatchObject(signature);
  const taskLog = await engine.reader.listTaskTransitions(task);
  expect(taskLog.find((row) => row.event === 'operator_fixed_step')).toMatchObject(signature);
});

describe('a step that waits for its retry', () => {
  test('may be completed by hand: the task goes on at once and the retry is gone', async () => {
    const task = await engine.start(linear(2));
    await engine.round(failing('step_1'), retryAfter(0));
    await engine.operator.resolveStep(stepIdOf(task, 1), complete, signature);
    expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', steps_retrying: 0, steps_done: 1 });
    expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({ retried: 0, nextDueMs: null });
  });

  test('may be resolved as the last one: the task completes', async () => {
    const task = await engine.start(linear(1));
    await engine.round(failing('step_1'), retryAfter(60_000));
    await engine.operator.resolveStep(stepIdOf(task, 1), resolve, signature);
    expect(await engine.taskState(task)).toBe('complete');
  });

  test('cannot be reset: it is tried again anyway', async () => {
    const task = await engine.start(linear(1));
    await engine.round(failing('step_1'), retryAfter(60_000));
    expect(await engine.operator.resolveStep(stepIdOf(task, 1), reset, signature)).toEqual({
      kind: 'refused',
      state: 'waiting_for_retry',
      taskState: 'waiting_for_retry',
    });
  });

  test('is left waiting when another branch is repaired', async () => {
    const task = await engine.start(twoBranches());
    const red = await engine.stepId(task, 'red_1');
    await engine.round(failing('red_1', 'blue_1'), (step) => (step.stepUuid === red ? null : 60_000));
    expect(await engine.taskState(task)).toBe('waiting_for_retry');
    await engine.operator.resolveStep(red, reset, signature);
    expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', steps_active: 1, steps_retrying: 1 });
  });
});

test('a step repaired while other branches run is enqueued at once', async () => {
  const task = await engine.start(twoBranches());
  const steps = await engine.claim();
  await engine.report(
    steps.filter((step) => step.stepName === 'red_1'),
    failing('red_1'),
  );
  await engine.advance(giveUp);
  await engine.operator.resolveStep(await engine.stepId(task, 'red_1'), complete, signature);
  expect(await engine.stepStates(task)).toMatchObject({ red_1: 'complete', red_2: 'enqueued', blue_1: 'in_progress' });
  await engine.report(steps.filter((step) => step.stepName === 'blue_1'));
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a task in error comes back to life when its failed step is reset', async () => {
  const task = await startBlocked();
  await engine.pool.query("select tasker.move_task($1, 'give_up', 'ada', 'no hope')", [task]);
  expect(await engine.taskState(task)).toBe('error');
  await engine.operator.resolveStep(stepIdOf(task, 1), reset, signature);
  expect(await engine.task(task)).toMatchObject({ state: 'steps_in_process', completed_at: null });
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a task that timed out stays over: its steps are cancelled, and its failed ones are not repaired any more', async () => {
  const task = await engine.start(twoBranches());
  await engine.round(failing('red_1'), giveUp);
  expect(await engine.operator.endTask(task, 'timeout', signature)).toMatchObject({ kind: 'applied', state: 'error' });
  expect(await engine.stepStates(task)).toEqual({
    red_1: 'error',
    red_2: 'cancelled',
    blue_1: 'complete',
    blue_2: 'cancelled',
  });
  expect(await engine.operator.resolveStep(await engine.stepId(task, 'red_1'), reset, signature)).toEqual({
    kind: 'refused',
    state: 'error',
    taskState: 'error',
  });
});

test('every step may be completed by hand, in any state it can be in', async () => {
  const task = await engine.start(diamond());
  for (const name of ['bottom', 'left', 'top', 'right']) {
    expect(await engine.operator.resolveStep(await engine.stepId(task, name), complete, signature)).toMatchObject({
      kind: 'applied',
      state: 'complete',
    });
    expect(await checkInvariants(engine.pool)).toEqual([]);
  }
  expect(await engine.taskState(task)).toBe('complete');
  expect(await engine.claim()).toEqual([]);
});

test('a step completed by hand while its result is on the way is not completed again', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  await engine.operator.resolveStep(stepIdOf(task, 1), complete, signature);
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({ taken: 1, completed: 0 });
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});

test('a step that is over, or of a task that is over, is refused; an unknown one is not found', async () => {
  const task = await engine.start(linear(2));
  await engine.round();
  expect(await engine.operator.resolveStep(stepIdOf(task, 1), complete, signature)).toEqual({
    kind: 'refused',
    state: 'complete',
    taskState: 'steps_in_process',
  });
  await engine.operator.endTask(task, 'cancel', signature);
  expect(await engine.operator.resolveStep(stepIdOf(task, 2), resolve, signature)).toEqual({
    kind: 'refused',
    state: 'cancelled',
    taskState: 'cancelled',
  });
  expect(await engine.operator.resolveStep(stepIdOf(newTaskId(), 1), reset, signature)).toEqual({ kind: 'not_found' });
});

test('a report that meets a completion by hand waits for it and is refused', async () => {
  const task = await engine.start(linear(2));
  const [step] = await engine.claim();
  await engine.withSession(async (operator) =>
    engine.withSession(async (worker) => {
      await operator.begin();
      await operator.operator.resolveStep(step!.stepUuid, complete, signature);
      const report = worker.worker.reportSteps('worker', [
        { stepUuid: step!.stepUuid, attempt: 1, outcome: failure(), executionMs: 1 },
      ]);
      await worker.untilBlocked();
      await operator.commit();
      expect(await report).toEqual([step!.stepUuid]);
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
  expect(await engine.queueLength(results)).toBe(0);
});

test('a completion by hand that meets a report waits for it and wins: the reported result is replaced', async () => {
  const task = await engine.start(linear(2));
  const [step] = await engine.claim();
  await engine.withSession(async (worker) =>
    engine.withSession(async (operator) => {
      await worker.begin();
      await worker.worker.reportSteps('worker', [
        {
          stepUuid: step!.stepUuid,
          attempt: 1,
          outcome: { kind: 'success', result: 'theirs', metadata: {} },
          executionMs: 1,
        },
      ]);
      const action = operator.operator.resolveStep(step!.stepUuid, complete, signature);
      await operator.untilBlocked();
      await worker.commit();
      expect(await action).toMatchObject({ kind: 'applied', state: 'complete' });
    }),
  );
  await engine.advance();
  expect((await engine.reader.listSteps(task))[0]?.result).toEqual({ by: 'hand' });
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
});

test('two operators who repair one step at once: one acts, the other is refused', async () => {
  const task = await startBlocked();
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      await first.operator.resolveStep(stepIdOf(task, 1), reset, signature);
      const other = second.operator.resolveStep(stepIdOf(task, 1), reset, signature);
      await second.untilBlocked();
      await first.commit();
      expect(await other).toMatchObject({ kind: 'refused', state: 'enqueued' });
    }),
  );
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});
