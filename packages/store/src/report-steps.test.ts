import { checkInvariants } from './invariants';
import { newTaskId, stepIdOf } from './new-task-id';
import { failing, failure, giveUp, succeed } from './testing/handlers';
import { fanOut, linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';
import type { StepReport } from './worker-store';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const results = 'orchestration_step_results';
const signature = { actor: 'ada', reason: 'test' };
const success = (stepUuid: StepReport['stepUuid'], attempt = 1): StepReport => ({
  stepUuid,
  attempt,
  outcome: { kind: 'success', result: { ok: true }, metadata: {} },
  executionMs: 3,
});

test('a success is stored, logged with its duration, and announced to orchestration', async () => {
  const task = await engine.start(linear(1));
  expect(await engine.report(await engine.claim())).toEqual([]);
  const [step] = await engine.reader.listSteps(task);
  expect(step).toMatchObject({
    state: 'enqueued_for_orchestration',
    result: { by: 'step_1' },
    error: null,
    due_at: null,
  });
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.at(-1)).toMatchObject({ actor: 'worker', attempt: 1, reason: null, detail: { execution_ms: 3 } });
  expect(await engine.queueLength(results)).toBe(1);
});

test('a failure is stored with its error, logged with its message, and announced', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim(), failing('step_1'));
  const [step] = await engine.reader.listSteps(task);
  expect(step).toMatchObject({
    state: 'enqueued_as_error_for_orchestration',
    error: { message: 'out of stock', error_type: 'StockError', retryable: true },
    result: null,
    last_failure_at: expect.any(Date),
  });
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.at(-1)).toMatchObject({ reason: 'out of stock', detail: { error: { message: 'out of stock' } } });
  expect(await engine.queueLength(results)).toBe(1);
});

test.each([[null], [7], ['text'], [[1, 2]], [{ a: { b: null } }], [false]])(
  'a result of %j is kept as it is',
  async (result) => {
    const task = await engine.start(linear(1));
    await engine.report(await engine.claim(), () => ({ kind: 'success', result, metadata: {} }));
    expect((await engine.reader.listSteps(task))[0]?.result).toEqual(result);
  },
);

test('steps that finish together are reported in one call, successes and failures', async () => {
  const task = await engine.start(fanOut(4));
  await engine.round();
  await engine.report(await engine.claim(), failing('branch_2'));
  expect(await engine.stepStates(task)).toMatchObject({
    branch_1: 'enqueued_for_orchestration',
    branch_2: 'enqueued_as_error_for_orchestration',
    branch_3: 'enqueued_for_orchestration',
  });
  expect(await engine.queueLength(results)).toBe(4);
});

test('a report sent twice is refused the second time and sends nothing', async () => {
  await engine.start(linear(1));
  const steps = await engine.claim();
  await engine.report(steps);
  expect(await engine.report(steps)).toEqual(steps.map((step) => step.stepUuid));
  expect(await engine.queueLength(results)).toBe(1);
});

test('a report of another worker is refused', async () => {
  const task = await engine.start(linear(1));
  const steps = await engine.claim({ workerId: 'w-1' });
  expect(await engine.report(steps, succeed, 'w-2')).toEqual(steps.map((step) => step.stepUuid));
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
});

test('a report of a step that does not exist or never ran is refused', async () => {
  const task = await engine.start(linear(2));
  const unknown = stepIdOf(newTaskId(), 1);
  const pending = stepIdOf(task, 2);
  expect(await engine.worker.reportSteps('worker', [success(unknown), success(pending, 0)])).toEqual([
    unknown,
    pending,
  ]);
});

test('a refused step does not hold up the others of its batch', async () => {
  const task = await engine.start(fanOut(2));
  await engine.round();
  const [first, second] = await engine.claim();
  const refused = await engine.worker.reportSteps('worker', [success(first!.stepUuid, 9), success(second!.stepUuid)]);
  expect(refused).toEqual([first!.stepUuid]);
  expect(await engine.stepStates(task)).toMatchObject({ [second!.stepName]: 'enqueued_for_orchestration' });
});

test('a report of an attempt whose lease was recovered is refused, also when the same worker runs the next one', async () => {
  const task = await engine.start(linear(1));
  const stale = await engine.claim({ leaseMs: 0 });
  const { undecided } = await engine.orchestration.recoverDueSteps(10);
  expect(undecided).toMatchObject([{ attempt: 1, failure: { kind: 'lease_expired' } }]);
  await engine.orchestration.decideFailures([
    { stepUuid: stale[0]!.stepUuid, attempt: 1, about: 'lease_expired', retryDelayMs: 0, reason: 'the lease ended' },
  ]);
  expect(await engine.report(stale)).toEqual([stale[0]!.stepUuid]);
  await engine.orchestration.recoverDueSteps(10);
  const again = await engine.claim();
  expect(again).toMatchObject([{ attempt: 2 }]);
  expect(await engine.report(stale)).toEqual([stale[0]!.stepUuid]);
  expect(await engine.report(again)).toEqual([]);
  await engine.advance();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a report that arrives while its lease is being recovered waits, and is refused', async () => {
  await engine.start(linear(1));
  const [step] = await engine.claim({ leaseMs: 0 });
  await engine.withSession(async (recovery) =>
    engine.withSession(async (worker) => {
      await recovery.begin();
      await recovery.orchestration.decideFailures([
        { stepUuid: step!.stepUuid, attempt: 1, about: 'lease_expired', retryDelayMs: 0, reason: 'the lease ended' },
      ]);
      const report = worker.worker.reportSteps('worker', [success(step!.stepUuid)]);
      await worker.untilBlocked();
      await recovery.commit();
      expect(await report).toEqual([step!.stepUuid]);
    }),
  );
  expect(await engine.queueLength(results)).toBe(0);
});

test('a report that is in time after the lease ended counts, and the recovery that waits for it leaves the step alone', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim({ leaseMs: 0 });
  await engine.withSession(async (worker) =>
    engine.withSession(async (recovery) => {
      await worker.begin();
      await worker.worker.reportSteps('worker', [success(step!.stepUuid)]);
      const decision = recovery.orchestration.decideFailures([
        { stepUuid: step!.stepUuid, attempt: 1, about: 'lease_expired', retryDelayMs: 0, reason: 'the lease ended' },
      ]);
      await recovery.untilBlocked();
      await worker.commit();
      await decision;
    }),
  );
  await engine.advance();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a report that meets a cancellation waits for it and is refused', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim();
  await engine.withSession(async (operator) =>
    engine.withSession(async (worker) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const report = worker.worker.reportSteps('worker', [success(step!.stepUuid)]);
      await worker.untilBlocked();
      await operator.commit();
      expect(await report).toEqual([step!.stepUuid]);
    }),
  );
  expect(await engine.queueLength(results)).toBe(0);
});

test('a cancellation that meets a report waits for it, cancels the reported step, and its message has no effect', async () => {
  const task = await engine.start(linear(2));
  const [step] = await engine.claim();
  await engine.withSession(async (worker) =>
    engine.withSession(async (operator) => {
      await worker.begin();
      await worker.worker.reportSteps('worker', [success(step!.stepUuid)]);
      const cancel = operator.operator.endTask(task, 'cancel', signature);
      await operator.untilBlocked();
      await worker.commit();
      expect(await cancel).toMatchObject({ kind: 'applied', state: 'cancelled' });
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'cancelled', step_2: 'cancelled' });
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({ taken: 1, completed: 0, settled: [] });
  expect(await engine.taskState(task)).toBe('cancelled');
});

test('orchestration is notified once of the results of a call, and not of refused ones', async () => {
  await engine.start(fanOut(3));
  await engine.round();
  const steps = await engine.claim();
  const heard = await engine.heardOn('pgmq_message_ready.orchestration', async () => {
    await engine.report(steps);
    await engine.report(steps);
  });
  expect(heard).toEqual([results]);
});

test('a report of a step that was handed back and taken by another worker is refused', async () => {
  const task = await engine.start(linear(1));
  const stale = await engine.claim({ workerId: 'stopping' });
  await engine.worker.releaseSteps('stopping', [{ stepUuid: stale[0]!.stepUuid, attempt: 1 }]);
  await engine.claim({ workerId: 'next' });
  expect(await engine.report(stale, () => failure({ retryable: false }), 'stopping')).toHaveLength(1);
  await engine.advance(giveUp);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
});

test('a late renewal and a repeated report do not wait for orchestration, which applies the result', async () => {
  await engine.start(linear(1));
  const steps = await engine.claim();
  await engine.report(steps);
  await engine.withSession(async (orchestrator) => {
    await orchestrator.begin();
    await orchestrator.orchestration.advanceResults(10);
    const lost = steps.map((step) => step.stepUuid);
    expect(await engine.worker.renewLeases('worker', steps, 60_000)).toEqual(lost);
    expect(await engine.report(steps)).toEqual(lost);
    await engine.worker.releaseSteps('worker', steps);
    await orchestrator.commit();
  });
});

test('workers that are late with renewals and repeat reports never deadlock with orchestration', async () => {
  for (let round = 0; round < 3; round += 1) {
    await engine.start(fanOut(200, { name: `first_${round}` }));
    await engine.start(fanOut(200, { name: `second_${round}` }));
    await engine.round();
    const steps = await engine.claim();
    const mixed = steps.toSorted((a, b) => a.stepName.localeCompare(b.stepName));
    for (let from = 0; from < mixed.length; from += 100) {
      await engine.report(mixed.slice(from, from + 100), failing('branch_7', 'branch_100', 'branch_150'));
    }
    const worry = async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        await engine.worker.renewLeases('worker', mixed, 60_000);
        await engine.report(steps);
      }
    };
    await Promise.all([
      engine.advance(),
      engine.advance(),
      engine.orchestration.recoverDueSteps(1000),
      worry(),
      worry(),
    ]);
    await engine.runToRest();
  }
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('what a handler adds to its success is in the log', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim();
  const outcome = { kind: 'success' as const, result: 1, metadata: { rows: 7 } };
  await engine.worker.reportSteps('worker', [{ stepUuid: step!.stepUuid, attempt: 1, outcome, executionMs: 3.4 }]);
  const log = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(log.at(-1)).toMatchObject({
    event: 'enqueue_for_orchestration',
    detail: { execution_ms: 3, metadata: { rows: 7 } },
  });
});
