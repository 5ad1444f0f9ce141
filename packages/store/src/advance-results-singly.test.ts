import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { linear, templateOf } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

test('a result that can never be applied goes out of the way of the others, with its error', async () => {
  const [broken, sound] = [await engine.start(linear(2)), await engine.start(linear(2))];
  await engine.report(await engine.claim());
  await engine.pool.query('update tasker.tasks set steps_active = 0, steps_done = 2 where task_uuid = $1', [broken]);

  await expect(engine.orchestration.advanceResults(10)).rejects.toMatchObject({ code: '23514' });
  expect(await engine.orchestration.advanceResultsSingly(10)).toMatchObject({
    taken: 2,
    completed: 1,
    deadLettered: [expect.stringContaining('tasks_counts_are_possible')],
  });

  expect(await engine.stepStates(sound)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
  expect(await engine.stepStates(broken)).toEqual({ step_1: 'enqueued_for_orchestration', step_2: 'pending' });
  const { rows } = await engine.pool.query(
    "select message, headers from pgmq.read('orchestration_step_results_dlq', 0, 10)",
  );
  expect(rows).toEqual([
    {
      message: { step_uuid: expect.any(String) },
      headers: { queue: 'orchestration_step_results', reason: expect.stringContaining('tasks_counts_are_possible') },
    },
  ]);
  expect((await checkInvariants(engine.pool)).length).toBeGreaterThan(0);
});

test('two orchestrators that apply results of the same tasks singly lose none of them to a deadlock', async () => {
  const pair = templateOf({ left: [], right: [] });
  const [first, second] = [newTaskId(1), newTaskId(2)];
  for (const taskUuid of [first, second]) await engine.start(pair, { taskUuid });
  const steps = await engine.claim();
  const report = (taskUuid: string, name: string) =>
    engine.report(steps.filter((step) => step.taskUuid === taskUuid && step.stepName === name));
  await report(first, 'left');
  await report(second, 'left');
  await report(second, 'right');
  await report(first, 'right');

  await engine.withSession(async (holder) =>
    engine.withSession(async (one) =>
      engine.withSession(async (other) => {
        await holder.begin();
        await holder.client.query('select from tasker.tasks where task_uuid = $1 for update', [first]);
        const ones = one.orchestration.advanceResultsSingly(2);
        await one.untilBlocked();
        const others = other.orchestration.advanceResultsSingly(2);
        await other.untilBlocked();
        await holder.commit();
        expect(await ones).toMatchObject({ completed: 2, deadLettered: [] });
        expect(await others).toMatchObject({ completed: 2, deadLettered: [] });
      }),
    ),
  );
  expect([await engine.taskState(first), await engine.taskState(second)]).toEqual(['complete', 'complete']);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});
