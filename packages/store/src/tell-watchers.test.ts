import type { TaskId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { TASK_CHANGED_CHANNEL } from './task-changes';
import { failing, giveUp, retryAfter } from './testing/handlers';
import { linear, twoBranches } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };
const watch = (task: TaskId) =>
  engine.pool.query(`select tasker.watch_tasks('here', array[$1::uuid], '{}', 60000)`, [task]);

describe('the database tells of a watched task', () => {
  const told = async (task: TaskId, work: () => Promise<unknown>) =>
    expect(await engine.heardOn(TASK_CHANGED_CHANNEL, work)).toEqual([task]);

  test('when a step is claimed, handed back, reported and applied', async () => {
    const task = await engine.start(linear(1));
    await watch(task);
    const [step] = await engine.claim();
    await told(task, () => engine.worker.releaseSteps('worker', [step!]));
    await told(task, () => engine.claim());
    await told(task, () => engine.report([step!]));
    await told(task, () => engine.orchestration.advanceResults(10));
    expect(await engine.taskState(task)).toBe('complete');
  });

  test('when a failure is decided, a retry enqueued, a step repaired and the task cancelled', async () => {
    const task = await engine.start(twoBranches());
    await watch(task);
    await engine.report(await engine.claim(), failing('red_1'));
    const { undecided } = await engine.orchestration.advanceResults(10);
    const { stepUuid, attempt } = undecided[0]!;
    const decision = { stepUuid, attempt, about: 'reported', retryDelayMs: 0, reason: 'again' } as const;
    await told(task, () => engine.orchestration.decideFailures([decision]));
    await told(task, () => engine.orchestration.recoverDueSteps(10));
    await engine.round(failing('red_1'), giveUp);
    await told(task, () => engine.operator.resolveStep(stepUuid, { kind: 'reset_for_retry' }, signature));
    await told(task, () => engine.operator.endTask(task, 'cancel', signature));
  });

  test('when it is let in and when it is repaired', async () => {
    await engine.start(linear(1, { namespace: 'bank' }));
    const { templateUuid } = await engine.templates.register(linear(1));
    const task = newTask(templateUuid);
    await engine.orchestration.createTasks([task], { defaultMaxAttempts: 3, wake: false, maxConcurrentTasks: 1 });
    await watch(task.taskUuid);
    await told(task.taskUuid, () => engine.maintenance.admitTasks({ maxConcurrentTasks: 2, max: 10 }));
    await engine.pool.query('update tasker.tasks set steps_active = 0 where task_uuid = $1', [task.taskUuid]);
    await engine.pool.query(
      `select pgmq.send('orchestration_task_finalizations', jsonb_build_object('task_uuid', $1::text))`,
      [task.taskUuid],
    );
    await told(task.taskUuid, () => engine.maintenance.finalizeTasks(10));
  });
});

test('nobody is told of a task that nobody watches, or not any more', async () => {
  await watch(newTaskId());
  const heard = await engine.heardOn(TASK_CHANGED_CHANNEL, async () => {
    await engine.start(linear(2));
    await engine.pool.query(
      `insert into tasker.task_watches select task_uuid, 'gone', now() - interval '1 second' from tasker.tasks`,
    );
    await engine.runToRest(failing('step_2'), retryAfter(0));
  });
  expect(heard).toEqual([]);
});
