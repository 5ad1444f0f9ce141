import { checkInvariants } from './invariants';
import { fanOut, linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };

test('a renewed lease ends later; one that is lost is named', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim({ leaseMs: 0 });
  const held = { stepUuid: step!.stepUuid, attempt: 1 };
  expect(await engine.worker.renewLeases('worker', [held], 60_000)).toEqual([]);
  expect(await engine.orchestration.recoverDueSteps(10)).toMatchObject({ undecided: [] });
  expect(await engine.worker.renewLeases('other', [held], 60_000)).toEqual([step!.stepUuid]);
  expect(await engine.worker.renewLeases('worker', [{ ...held, attempt: 2 }], 60_000)).toEqual([step!.stepUuid]);
  await engine.operator.endTask(task, 'cancel', signature);
  expect(await engine.worker.renewLeases('worker', [held], 60_000)).toEqual([step!.stepUuid]);
});

test('a lease that is renewed while recovery decides is kept', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim({ leaseMs: 0 });
  await engine.withSession(async (worker) =>
    engine.withSession(async (recovery) => {
      await worker.begin();
      await worker.worker.renewLeases('worker', [{ stepUuid: step!.stepUuid, attempt: 1 }], 60_000);
      const decision = recovery.orchestration.decideFailures([
        { stepUuid: step!.stepUuid, attempt: 1, about: 'lease_expired', retryDelayMs: null, reason: 'the lease ended' },
      ]);
      await recovery.untilBlocked();
      await worker.commit();
      expect(await decision).toEqual([]);
    }),
  );
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
});

test('a step that is handed back is enqueued at once and the attempt does not count', async () => {
  const task = await engine.start(linear(1, { maxAttempts: 1 }));
  const [step] = await engine.claim({ workerId: 'stopping' });
  await engine.worker.releaseSteps('stopping', [{ stepUuid: step!.stepUuid, attempt: 1 }]);
  expect((await engine.reader.listSteps(task))[0]).toMatchObject({ state: 'enqueued', attempts: 0, worker_id: null });
  expect(await engine.stepHops(task, 'step_1')).toEqual([
    'pending > enqueued',
    'enqueued > in_progress',
    'in_progress > waiting_for_retry',
    'waiting_for_retry > pending',
    'pending > enqueued',
  ]);
  expect(await engine.claim()).toMatchObject([{ attempt: 1 }]);
});

test('a step is handed back only by the worker and for the attempt that holds it', async () => {
  const task = await engine.start(linear(1));
  const [step] = await engine.claim();
  await engine.worker.releaseSteps('other', [{ stepUuid: step!.stepUuid, attempt: 1 }]);
  await engine.worker.releaseSteps('worker', [{ stepUuid: step!.stepUuid, attempt: 2 }]);
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
  expect(await engine.queueLength('worker_shop_queue')).toBe(0);
});

test('workers that renew, hand back and report the same steps in any order never deadlock', async () => {
  const task = await engine.start(fanOut(30));
  await engine.round();
  for (let round = 0; round < 10; round += 1) {
    const steps = await engine.claim();
    const held = steps.map(({ stepUuid, attempt }) => ({ stepUuid, attempt }));
    await Promise.all([
      engine.worker.renewLeases('worker', held, 60_000),
      engine.worker.renewLeases('worker', held.toReversed(), 60_000),
      engine.worker.releaseSteps('worker', held.toReversed()),
      engine.worker.releaseSteps('worker', held),
      engine.advance(),
    ]);
  }
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});
