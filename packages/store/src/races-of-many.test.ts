import type { TaskId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { stepIdOf } from './new-task-id';
import { linear, twoParents } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

// The races of a stage that handles several steps at once; those of a step alone are beside the other tests of each stage.

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };
const claimOf = (workerId: string) => ({ queue: 'worker_shop_queue', workerId, max: 10, leaseMs: 60_000 });

/** Starts `work` of another connection while the task is being cancelled, and ends the cancellation as told. */
async function whileCancelling<T>(
  task: TaskId,
  end: 'commit' | 'rollback',
  work: (worker: TestEngine['worker']) => Promise<T>,
): Promise<T> {
  return engine.withSession(async (operator) =>
    engine.withSession(async (other) => {
      await operator.begin();
      await operator.operator.endTask(task, 'cancel', signature);
      const working = work(other.worker);
      await other.untilBlocked();
      await operator[end]();
      return working;
    }),
  );
}

test('a claim of several steps that meets the cancellation of one gets the others', async () => {
  const tasks = [await engine.start(linear(1)), await engine.start(linear(1)), await engine.start(linear(1))];
  const claimed = await whileCancelling(tasks[1]!, 'commit', (worker) => worker.claimSteps(claimOf('w')));
  expect(claimed.map((step) => step.taskUuid).sort()).toEqual([tasks[0]!, tasks[2]!].sort());
  expect(await engine.stepHops(tasks[1]!, 'step_1')).toEqual(['pending > enqueued', 'enqueued > cancelled']);
});

test('a claim of several steps that meets a cancellation which is rolled back gets all', async () => {
  const tasks = [await engine.start(linear(1)), await engine.start(linear(1))];
  const claimed = await whileCancelling(tasks[1]!, 'rollback', (worker) => worker.claimSteps(claimOf('w')));
  expect(claimed.map((step) => step.taskUuid).sort()).toEqual([...tasks].sort());
});

test('a report of several steps that meets the cancellation of one is refused for that one alone', async () => {
  const tasks = [await engine.start(linear(1)), await engine.start(linear(1))];
  const reports = (await engine.claim()).map(({ stepUuid, attempt }) => ({
    stepUuid,
    attempt,
    outcome: { kind: 'success', result: { ok: true }, metadata: {} } as const,
    executionMs: 3,
  }));
  const refused = await whileCancelling(tasks[1]!, 'commit', (worker) => worker.reportSteps('worker', reports));
  expect(refused).toEqual([stepIdOf(tasks[1]!, 1)]);
  await engine.advance();
  expect(await engine.taskState(tasks[0]!)).toBe('complete');
});

test('two orchestrators that apply one parent each of several children at once enqueue each child once', async () => {
  const tasks = [await engine.start(twoParents()), await engine.start(twoParents())];
  const claimed = await engine.claim();
  for (const name of ['left', 'right']) await engine.report(claimed.filter((step) => step.stepName === name));
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.orchestration.advanceResults(2)).toMatchObject({ taken: 2, completed: 2 });
      const applied = second.orchestration.advanceResults(2);
      await second.untilBlocked();
      await first.commit();
      expect(await applied).toMatchObject({ taken: 2, completed: 2 });
    }),
  );
  for (const task of tasks) expect(await engine.stepHops(task, 'child')).toEqual(['pending > enqueued']);
  expect(await engine.queueLength('worker_shop_queue')).toBe(2);
});
