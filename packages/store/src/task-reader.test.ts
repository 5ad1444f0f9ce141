import { Client } from 'pg';
import type { Database } from './database';
import { checkInvariants } from './invariants';
import { newTaskId, stepIdOf } from './new-task-id';
import { createTaskReader, nameOrchestratorSession, type TaskFilter, type TaskPage } from './task-reader';
import { failing, giveUp } from './testing/handlers';
import { diamond, linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const list = async (filter: Partial<TaskFilter & TaskPage>) =>
  (await engine.reader.listTasks({ limit: 100, ...filter })).map((task) => task.task_uuid);

test('a task is found with its template and its counts', async () => {
  const task = await engine.start(diamond(), { context: { order: 1 } });
  await engine.round();
  expect(await engine.reader.findTask(task)).toMatchObject({
    task_uuid: task,
    namespace: 'shop',
    name: 'order',
    version: '1.0.0',
    state: 'steps_in_process',
    context: { order: 1 },
    steps_total: 4,
    steps_done: 1,
    steps_active: 2,
    steps_failed: 0,
    created_at: expect.any(Date),
    completed_at: null,
  });
  expect(await engine.reader.findTask(newTaskId())).toBeNull();
});

test('steps come in topological order and say how many parents they wait for', async () => {
  const task = await engine.start(diamond());
  await engine.round();
  const steps = await engine.reader.listSteps(task);
  expect(steps.map((step) => step.step_no)).toEqual([1, 2, 3, 4]);
  expect(steps[0]).toMatchObject({ name: 'top', unmet_parents: 0, parent_count: 0, result: { by: 'top' } });
  expect(steps[3]).toMatchObject({ name: 'bottom', unmet_parents: 2, parent_count: 2, result: null });
  expect(await engine.reader.listSteps(newTaskId())).toEqual([]);
});

test('a task and its steps are read together, by one statement: two would see two moments', async () => {
  const task = await engine.start(diamond(), { context: { order: 1 }, tags: ['big'] });
  await engine.round();
  const pool: Database = engine.pool;
  const statements: unknown[] = [];
  const reader = createTaskReader({
    query: (statement) => {
      statements.push(statement);
      return pool.query(statement);
    },
  });
  const found = await reader.findTaskWithSteps(task);
  expect(statements).toHaveLength(1);
  expect(found?.task).toEqual(await engine.reader.findTask(task));
  expect(found?.steps).toEqual(await engine.reader.listSteps(task));
  await engine.runToRest();
  const over = await engine.reader.findTaskWithSteps(task);
  expect(over?.task).toEqual(await engine.reader.findTask(task));
  expect(over?.task.completed_at).toBeInstanceOf(Date);
  expect(await engine.reader.findTaskWithSteps(newTaskId())).toBeNull();
});

test('a step is found only in its own task', async () => {
  const task = await engine.start(linear(2));
  const other = await engine.start(linear(2));
  expect(await engine.reader.findStep(task, stepIdOf(task, 2))).toMatchObject({ name: 'step_2' });
  expect(await engine.reader.findStep(other, stepIdOf(task, 2))).toBeNull();
});

test('the logs come oldest first', async () => {
  const task = await engine.start(linear(1));
  await engine.runToRest();
  const taskLog = await engine.reader.listTaskTransitions(task);
  expect(taskLog.map((row) => row.event)).toEqual([
    'start',
    'ready_steps_found',
    'steps_enqueued',
    'step_completed',
    'all_steps_successful',
  ]);
  const stepLog = await engine.reader.listStepTransitions(stepIdOf(task, 1));
  expect(stepLog.map((row) => [row.event, row.actor, row.attempt])).toEqual([
    ['enqueue', 'orchestrator', 0],
    ['start', 'worker', 1],
    ['enqueue_for_orchestration', 'worker', 1],
    ['complete', 'orchestrator', 1],
  ]);
});

test('tasks are listed newest first and page by page', async () => {
  const tasks: string[] = [];
  for (let index = 0; index < 5; index += 1)
    tasks.push(await engine.start(linear(1), { taskUuid: newTaskId(index + 1) }));
  const newest = tasks.toReversed();
  expect(await list({})).toEqual(newest);
  const first = await engine.reader.listTasks({ limit: 2 });
  expect(first.map((task) => task.task_uuid)).toEqual(newest.slice(0, 2));
  expect(await list({ limit: 2, after: first[1]!.task_uuid })).toEqual(newest.slice(2, 4));
  expect(await list({ limit: 2, offset: 3 })).toEqual(newest.slice(3));
});

test('each filter keeps what it names', async () => {
  const correlationId = newTaskId();
  const gold = await engine.start(linear(1), { tags: ['gold', 'eu'] });
  const bank = await engine.start(linear(1, { namespace: 'bank', name: 'pay' }), { correlationId, initiator: 'bob' });
  await engine.start(linear(1, { name: 'other' }));
  await engine.report(await engine.claim({ namespace: 'bank' }));
  await engine.advance();
  expect(await list({ namespace: 'bank' })).toEqual([bank]);
  expect(await list({ name: 'pay' })).toEqual([bank]);
  expect(await list({ states: ['complete', 'error'] })).toEqual([bank]);
  expect(await list({ tags: ['gold'] })).toEqual([gold]);
  expect(await list({ tags: ['eu', 'gold'] })).toEqual([gold]);
  expect(await list({ tags: ['gold', 'us'] })).toEqual([]);
  expect(await list({ correlationId })).toEqual([bank]);
  expect(await list({ initiator: 'bob' })).toEqual([bank]);
  expect(await list({ namespace: 'shop', initiator: 'bob' })).toEqual([]);
  const { created_at } = await engine.task(bank);
  expect(
    await list({ createdFrom: created_at, createdBefore: new Date(created_at.getTime() + 1), name: 'pay' }),
  ).toEqual([bank]);
  expect(await list({ createdBefore: new Date(0) })).toEqual([]);
});

test('tasks that fit are counted, up to where the caller stops', async () => {
  for (let index = 0; index < 3; index += 1) await engine.start(linear(1), { tags: ['gold'] });
  await engine.start(linear(1));
  expect(await engine.reader.countTasks({ tags: ['gold'] }, 10)).toBe(3);
  expect(await engine.reader.countTasks({}, 2)).toBe(2);
  expect(await engine.reader.countTasks({ namespace: 'nobody' }, 10)).toBe(0);
});

test('open tasks are counted by namespace and state; those that are over are not', async () => {
  await engine.start(linear(2));
  await engine.runToRest();
  await engine.start(linear(2));
  await engine.runToRest(failing('step_1'), giveUp);
  await engine.start(linear(2));
  await engine.start(linear(2, { namespace: 'bank' }));
  const counts = await engine.reader.countOpenTasks();
  expect(counts.toSorted((a, b) => `${a.namespace}${a.state}`.localeCompare(`${b.namespace}${b.state}`))).toEqual([
    { namespace: 'bank', state: 'steps_in_process', tasks: 1 },
    { namespace: 'shop', state: 'blocked_by_failures', tasks: 1 },
    { namespace: 'shop', state: 'steps_in_process', tasks: 1 },
  ]);
});

test('edges can be read as rows', async () => {
  const task = await engine.start(diamond());
  const { rows } = await engine.pool.query(
    'select from_name, to_name from tasker.workflow_step_edges where task_uuid = $1 order by from_name, to_name',
    [task],
  );
  expect(rows).toEqual([
    { from_name: 'left', to_name: 'bottom' },
    { from_name: 'right', to_name: 'bottom' },
    { from_name: 'top', to_name: 'left' },
    { from_name: 'top', to_name: 'right' },
  ]);
});

test('orchestration processes are counted by the names of their sessions, however many each has and however long they are', async () => {
  expect(await engine.reader.countOrchestrators()).toBe(0);
  const host = 'tasker-orchestration-event-driven-5d9c7bd9c4-';
  const names = [`orchestrator-${host}abcde-1`, `orchestrator-${host}abcde-1`, `orchestrator-${host}fghij-1`, 'short'];
  const sessions = names.map(
    (name) => new Client({ ...engine.pool.options, application_name: nameOrchestratorSession(name) }),
  );
  try {
    for (const session of sessions) await session.connect();
    expect(await engine.reader.countOrchestrators()).toBe(3);
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
});
