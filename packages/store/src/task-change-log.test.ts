import { newTaskId, stepIdOf } from './new-task-id';
import { createTaskChangeLog, type TaskChange, type TaskChangeLog } from './task-change-log';
import { failing, giveUp } from './testing/handlers';
import { linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

const START = { task: 0n, step: 0n };

let engine: TestEngine;
let log: TaskChangeLog;
beforeAll(async () => {
  engine = await createTestEngine();
  log = createTaskChangeLog(engine.pool);
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

const describe = (change: TaskChange) => `${change.kind === 'task' ? 'task' : change.name} ${change.to_state}`;

test('the changes of a task and of its steps come in one list, oldest first', async () => {
  const task = await engine.start(linear(2));
  await engine.start(linear(2));
  await engine.runToRest();
  expect((await log.listChanges(task, START)).map(describe)).toEqual([
    'step_1 enqueued',
    'task initializing',
    'task enqueuing_steps',
    'task steps_in_process',
    'step_1 in_progress',
    'step_1 enqueued_for_orchestration',
    'step_1 complete',
    'step_2 enqueued',
    'task evaluating_results',
    'task enqueuing_steps',
    'task steps_in_process',
    'step_2 in_progress',
    'step_2 enqueued_for_orchestration',
    'step_2 complete',
    'task evaluating_results',
    'task complete',
  ]);
});

test("a step's change has its attempt, who did it, and the error of a failure", async () => {
  const task = await engine.start(linear(1));
  await engine.runToRest(failing('step_1'), giveUp);
  const changes = await log.listChanges(task, START);
  expect(changes.find(({ event }) => event === 'enqueue_as_error_for_orchestration')).toMatchObject({
    kind: 'step',
    step_uuid: stepIdOf(task, 1),
    name: 'step_1',
    from_state: 'in_progress',
    attempt: 1,
    actor: 'worker',
    at: expect.any(Date),
    error: { message: expect.any(String) },
  });
});

test('reading goes on after a place in each of the two logs', async () => {
  const task = await engine.start(linear(2));
  const before = await log.listChanges(task, START);
  const placeOf = (kind: TaskChange['kind']) =>
    BigInt(before.findLast((change) => change.kind === kind)?.transition_id ?? 0);
  const cursor = { task: placeOf('task'), step: placeOf('step') };
  expect(await log.listChanges(task, cursor)).toEqual([]);
  await engine.claim();
  expect((await log.listChanges(task, cursor)).map(describe)).toEqual(['step_1 in_progress']);
});

test('a task that does not exist has no changes', async () => {
  expect(await log.listChanges(newTaskId(), START)).toEqual([]);
});
