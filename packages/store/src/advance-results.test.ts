import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { failing, giveUp } from './testing/handlers';
import { diamond, fanOut, linear, tree, twoBranches, twoParents } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const results = 'orchestration_step_results';

test('a finished step completes, its children are enqueued and the task logs every hop', async () => {
  const task = await engine.start(linear(2));
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toEqual({
    taken: 1,
    completed: 1,
    settled: [],
    undecided: [],
    deadLettered: [],
  });
  expect(await engine.stepStates(task)).toEqual({ step_1: 'complete', step_2: 'enqueued' });
  expect((await engine.taskHops(task)).slice(3)).toEqual([
    'steps_in_process > evaluating_results',
    'evaluating_results > enqueuing_steps',
    'enqueuing_steps > steps_in_process',
  ]);
  expect(await engine.stepHops(task, 'step_1')).toEqual([
    'pending > enqueued',
    'enqueued > in_progress',
    'in_progress > enqueued_for_orchestration',
    'enqueued_for_orchestration > complete',
  ]);
});

test('the last result completes the task and names it as settled', async () => {
  const task = await engine.start(linear(1));
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({
    settled: [{ taskUuid: task, namespace: 'shop', state: 'complete' }],
  });
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_done: 1, completed_at: expect.any(Date) });
  expect((await engine.taskHops(task)).slice(3)).toEqual([
    'steps_in_process > evaluating_results',
    'evaluating_results > complete',
  ]);
});

test('nothing to take gives zero', async () => {
  expect(await engine.orchestration.advanceResults(10)).toEqual({
    taken: 0,
    completed: 0,
    settled: [],
    undecided: [],
    deadLettered: [],
  });
});

test.each([
  ['a chain', linear(5), 5],
  ['a diamond', diamond(), 4],
  ['a tree', tree(), 8],
  ['two branches', twoBranches(), 4],
  ['a fan-out', fanOut(40), 42],
])('%s runs every step once and completes', async (_, template, steps) => {
  const task = await engine.start(template);
  expect(await engine.runToRest()).toBe(steps);
  expect(await engine.taskState(task)).toBe('complete');
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a fan-out of 1,000 completes', async () => {
  const task = await engine.start(fanOut(1000));
  expect(await engine.runToRest()).toBe(1002);
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_done: 1002, steps_total: 1002 });
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a chain of 200 completes', async () => {
  const task = await engine.start(linear(200));
  expect(await engine.runToRest()).toBe(200);
  expect(await engine.taskState(task)).toBe('complete');
});

test('results of many tasks are applied in one call', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const tasks = Array.from({ length: 50 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  await engine.report(await engine.claim());
  const { completed, settled } = await engine.orchestration.advanceResults(100);
  expect(completed).toBe(50);
  expect(settled.map((task) => task.taskUuid).sort()).toEqual(tasks.map((task) => task.taskUuid).sort());
});

test('a child of two parents that finish in one batch is enqueued once', async () => {
  const task = await engine.start(twoParents());
  await engine.report(await engine.claim());
  await engine.advance();
  expect(await engine.stepStates(task)).toEqual({ left: 'complete', right: 'complete', child: 'enqueued' });
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});

test('garbage among the results is dead-lettered with its reason and the others are applied', async () => {
  const task = await engine.start(linear(1));
  await engine.pool.query(`select pgmq.send($1, '{"task": "none"}')`, [results]);
  await engine.pool.query(`select pgmq.send($1, 'null')`, [results]);
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({ completed: 1 });
  expect(await engine.taskState(task)).toBe('complete');
  const { rows } = await engine.pool.query(`select message, headers ->> 'reason' as reason from pgmq.q_${results}_dlq`);
  expect(rows).toEqual([
    { message: { task: 'none' }, reason: 'the message names no step' },
    { message: null, reason: 'the message names no step' },
  ]);
});

test('a batch of garbage alone is taken off, and a result of an unknown step is dropped', async () => {
  await engine.pool.query(`select pgmq.send($1, '7')`, [results]);
  await engine.pool.query("select pgmq.send($1, jsonb_build_object('step_uuid', $2::text))", [results, newTaskId()]);
  await engine.advance();
  expect(await engine.queueLength(results)).toBe(0);
});

test('garbage is made up for: nothing taken means an empty queue', async () => {
  const task = await engine.start(linear(1));
  for (let index = 0; index < 3; index += 1) await engine.pool.query(`select pgmq.send($1, '7')`, [results]);
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(1)).toMatchObject({ taken: 1, completed: 1 });
  expect(await engine.orchestration.advanceResults(1)).toMatchObject({ taken: 0 });
  expect(await engine.taskState(task)).toBe('complete');
});

test('workers are notified once of the children that became ready, and not when they need not be', async () => {
  await engine.start(fanOut(3));
  await engine.report(await engine.claim());
  const advance = () => engine.orchestration.advanceResults(10);
  expect(await engine.heardOn('pgmq_message_ready.shop', advance)).toEqual(['worker_shop_queue']);
  await engine.report(await engine.claim());
  const quietly = () => engine.pool.query("select tasker.advance_results(10, 'orchestrator', 1000, false)");
  expect(await engine.heardOn('pgmq_message_ready.shop', quietly)).toEqual([]);
});

test('independent branches run to their end before a failure blocks the task', async () => {
  const task = await engine.start(twoBranches());
  await engine.round(failing('red_1'), giveUp);
  expect(await engine.taskState(task)).toBe('steps_in_process');
  expect(await engine.stepStates(task)).toEqual({
    red_1: 'error',
    red_2: 'pending',
    blue_1: 'complete',
    blue_2: 'enqueued',
  });
  await engine.report(await engine.claim());
  expect(await engine.orchestration.advanceResults(10)).toMatchObject({
    settled: [{ taskUuid: task, state: 'blocked_by_failures' }],
  });
  expect((await engine.taskHops(task)).at(-1)).toBe('evaluating_results > blocked_by_failures');
});

test('the task keeps what its request said', async () => {
  const parent = newTaskId();
  const task = await engine.start(linear(1), { tags: ['gold', 'eu'], priority: 4, parentCorrelationId: parent });
  await engine.runToRest();
  expect(await engine.task(task)).toMatchObject({ tags: ['gold', 'eu'], priority: 4, parent_correlation_id: parent });
});
