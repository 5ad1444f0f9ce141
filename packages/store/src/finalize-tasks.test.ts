import type { TaskId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { failing, giveUp, retryAfter } from './testing/handlers';
import { diamond, linear, twoBranches } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const requests = 'orchestration_task_finalizations';

async function request(...messages: readonly unknown[]): Promise<void> {
  await engine.pool.query('select pgmq.send_batch($1, $2::jsonb[])', [
    requests,
    messages.map((message) => JSON.stringify(message)),
  ]);
}

async function finalize(...tasks: readonly TaskId[]) {
  await request(...tasks.map((task) => ({ task_uuid: task })));
  return engine.maintenance.finalizeTasks(100);
}

/** The task with what a lost write would have left of it. */
async function spoil(task: TaskId, assignments: string): Promise<void> {
  await engine.pool.query(`update tasker.tasks set ${assignments} where task_uuid = $1`, [task]);
}

const repaired = (taskUuid: TaskId, state: string) => ({
  taken: 1,
  repaired: [{ taskUuid, namespace: 'shop', state }],
});
const untouched = { taken: 1, repaired: [] };

test('without requests nothing is done', async () => {
  expect(await engine.maintenance.finalizeTasks(10)).toEqual({ taken: 0, repaired: [] });
});

test('a task of which everything is done but which is still in process is completed, and the log says that it was a repair', async () => {
  const task = await engine.start(linear(1));
  await engine.runToRest();
  await engine.pool.query(
    `delete from tasker.task_transitions where task_uuid = $1
    and from_state in ('steps_in_process', 'evaluating_results')`,
    [task],
  );
  await spoil(task, `state = 'steps_in_process', completed_at = null`);
  expect(await finalize(task)).toEqual(repaired(task, 'complete'));
  const log = await engine.reader.listTaskTransitions(task);
  expect(log.slice(-2)).toMatchObject([
    { event: 'all_steps_completed', reason: 'repair: the task was not as its steps say', actor: 'orchestrator' },
    { event: 'all_steps_successful', reason: 'repair: the task was not as its steps say' },
  ]);
  expect(await engine.task(task)).toMatchObject({ completed_at: expect.any(Date) });
});

test.each([
  ['steps that were counted and are not there', 'steps_active = 2', 'steps_in_process'],
  ['steps that are there and were not counted', 'steps_active = 0', 'steps_in_process'],
  ['a failure that never was', 'steps_failed = 1, steps_done = 0', 'steps_in_process'],
])('counts are set right after %s', async (_, assignments, state) => {
  const task = await engine.start(linear(3));
  await engine.round();
  await spoil(task, assignments);
  expect(await finalize(task)).toEqual(repaired(task, state));
  expect(await engine.task(task)).toMatchObject({ steps_active: 1, steps_done: 1, steps_failed: 0 });
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});

test('a wrong count that kept a failed task from resting is set right and it is blocked', async () => {
  const task = await engine.start(twoBranches());
  await spoil(task, 'steps_active = 3');
  await engine.runToRest(failing('red_1'), giveUp);
  expect(await engine.taskState(task)).toBe('steps_in_process');
  expect(await finalize(task)).toEqual(repaired(task, 'blocked_by_failures'));
});

test('an enqueued step that lost its message gets one, and its worker is woken', async () => {
  const task = await engine.start(diamond());
  await engine.pool.query(`select pgmq.purge_queue('worker_shop_queue')`);
  await request({ task_uuid: task });
  const heard = await engine.heardOn('pgmq_message_ready.shop', async () => {
    expect(await engine.maintenance.finalizeTasks(10)).toEqual(repaired(task, 'steps_in_process'));
  });
  expect(heard).toEqual(['worker_shop_queue']);
  await engine.runToRest();
  expect(await engine.taskState(task)).toBe('complete');
});

test('tasks that are as they should be stay as they are, in every state', async () => {
  const finished = await engine.start(linear(1));
  await engine.runToRest();
  const blocked = await engine.start(linear(1));
  await engine.round(failing('step_1'), giveUp);
  const retrying = await engine.start(linear(1));
  await engine.round(failing('step_1'), retryAfter(60_000));
  const running = await engine.start(twoBranches());
  await engine.report(await engine.claim({ max: 1 }));
  const { templateUuid } = await engine.templates.register(linear(1));
  const pending = newTask(templateUuid);
  await engine.orchestration.createTasks([pending], { defaultMaxAttempts: 3, wake: false, maxConcurrentTasks: 1 });
  const tasks = [finished, blocked, retrying, running, pending.taskUuid];
  const before = await Promise.all(tasks.map(engine.task));
  expect(await finalize(...tasks)).toEqual({ taken: 5, repaired: [] });
  expect(await Promise.all(tasks.map(engine.task))).toEqual(before);
});

test('a task that is unknown is passed over, and what names none is dead-lettered with its reason', async () => {
  const task = await engine.start(linear(1));
  await spoil(task, 'steps_active = 0');
  await request({ task_uuid: newTaskId() }, { task_uuid: 'no id' }, 17, { task_uuid: task });
  expect(await engine.maintenance.finalizeTasks(10)).toMatchObject({ taken: 4, repaired: [{ taskUuid: task }] });
  const { rows } = await engine.pool.query(
    `select message, headers ->> 'reason' as reason from pgmq.q_${requests}_dlq`,
  );
  expect(rows).toEqual([
    { message: { task_uuid: 'no id' }, reason: 'the message names no task' },
    { message: 17, reason: 'the message names no task' },
  ]);
});

test('a step that is claimed meanwhile is not taken for lost', async () => {
  const task = await engine.start(linear(1));
  await engine.withSession(async (worker) => {
    await worker.begin();
    await worker.worker.claimSteps({ queue: 'worker_shop_queue', workerId: 'worker', max: 1, leaseMs: 60_000 });
    expect(await finalize(task)).toEqual(untouched);
    await worker.commit();
  });
  expect(await finalize(task)).toEqual(untouched);
  expect(await engine.queueLength('worker_shop_queue')).toBe(0);
});

test('a finalization that meets a result of its task waits for it and sees it', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim());
  await request({ task_uuid: task });
  await engine.withSession((orchestrator) =>
    engine.withSession(async (other) => {
      await orchestrator.begin();
      await orchestrator.orchestration.advanceResults(10);
      const finalization = other.maintenance.finalizeTasks(10);
      await other.untilBlocked();
      await orchestrator.commit();
      expect(await finalization).toEqual(untouched);
    }),
  );
  expect(await engine.taskState(task)).toBe('complete');
});

test('finalizations beside a busy engine find nothing to repair', async () => {
  const { templateUuid } = await engine.templates.register(diamond());
  const tasks = Array.from({ length: 20 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  const isBusy = async () => (await engine.reader.countOpenTasks()).length > 0;
  const run = async () => {
    while (await isBusy()) {
      await engine.report(await engine.claim({ max: 7 }));
      await engine.advance();
    }
  };
  const check = async () => {
    while (await isBusy())
      expect(await finalize(...tasks.map((task) => task.taskUuid))).toMatchObject({ repaired: [] });
  };
  await Promise.all([run(), run(), check()]);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});
