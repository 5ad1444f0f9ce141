import type { TaskId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
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

const HOUR_MS = 3_600_000;
const timeOut = (max = 10) => engine.maintenance.timeOutTasks({ timeoutSeconds: 3600, max });

/** Starts a task whose id says that it was created `ageMs` ago. */
const startAged = (ageMs: number, template = linear(2)) =>
  engine.start(template, { taskUuid: newTaskId(Date.now() - ageMs) });

const settled = (taskUuid: TaskId) => ({ taskUuid, namespace: 'shop', state: 'error' });

test('a task that is too old ends in error, with a reason that says so, and its steps with it', async () => {
  const task = await startAged(HOUR_MS, twoBranches());
  await engine.round();
  expect(await timeOut()).toEqual({ timedOut: [settled(task)], nextDueMs: null });
  expect((await engine.reader.listTaskTransitions(task)).at(-1)).toMatchObject({
    from_state: 'steps_in_process',
    event: 'timeout',
    actor: 'orchestrator',
    reason: 'the task did not end within 3600 seconds',
  });
  expect(await engine.stepStates(task)).toEqual({
    red_1: 'complete',
    red_2: 'cancelled',
    blue_1: 'complete',
    blue_2: 'cancelled',
  });
});

test('younger tasks stay, and the oldest of them says when the next one is due', async () => {
  await startAged(HOUR_MS / 4);
  const task = await startAged(HOUR_MS / 2);
  const { timedOut, nextDueMs } = await timeOut();
  expect(timedOut).toEqual([]);
  expect(nextDueMs).toBeGreaterThan(0);
  expect(nextDueMs).toBeLessThanOrEqual(HOUR_MS / 2);
  expect(await engine.taskState(task)).toBe('steps_in_process');
});

test('tasks that are over are left alone and never due', async () => {
  const task = await startAged(HOUR_MS);
  await engine.runToRest();
  expect(await timeOut()).toEqual({ timedOut: [], nextDueMs: null });
  expect(await engine.taskState(task)).toBe('complete');
});

test('a task times out in whatever state it waits', async () => {
  const blocked = await startAged(HOUR_MS, linear(1));
  await engine.round(failing('step_1'), giveUp);
  const retrying = await startAged(HOUR_MS, linear(1));
  await engine.round(failing('step_1'), retryAfter(60_000));
  const { templateUuid } = await engine.templates.register(linear(1));
  const pending = newTask(templateUuid, { taskUuid: newTaskId(Date.now() - HOUR_MS) });
  await engine.orchestration.createTasks([pending], { defaultMaxAttempts: 3, wake: false, maxConcurrentTasks: 1 });
  expect(await engine.taskState(pending.taskUuid)).toBe('pending');
  const { timedOut } = await timeOut();
  expect(new Set(timedOut.map((task) => task.taskUuid))).toEqual(new Set([blocked, retrying, pending.taskUuid]));
});

test('a call ends no more than it is asked for, the oldest first, and says that more is due', async () => {
  const young = await startAged(HOUR_MS);
  const old = await startAged(2 * HOUR_MS);
  expect(await timeOut(1)).toEqual({ timedOut: [settled(old)], nextDueMs: 0 });
  expect(await timeOut(1)).toEqual({ timedOut: [settled(young)], nextDueMs: null });
});

test('the worker that runs a step of the task is told, and its result changes nothing', async () => {
  const task = await startAged(HOUR_MS);
  const steps = await engine.claim();
  expect(await engine.heardOn('tasker_lease_lost.shop', () => timeOut())).toEqual([task]);
  expect(await engine.report(steps)).toEqual([steps[0]!.stepUuid]);
});

test('a task that is being moved is left to the next call, which finds it ended', async () => {
  const task = await startAged(HOUR_MS, linear(1));
  await engine.report(await engine.claim());
  await engine.withSession(async (other) => {
    await other.begin();
    expect(await other.orchestration.advanceResults(10)).toMatchObject({ completed: 1 });
    expect(await timeOut()).toEqual({ timedOut: [], nextDueMs: 0 });
    await other.commit();
  });
  expect(await timeOut()).toEqual({ timedOut: [], nextDueMs: null });
  expect(await engine.taskState(task)).toBe('complete');
});

test('several calls at once end each task once', async () => {
  const tasks: TaskId[] = [];
  for (let age = 1; age <= 12; age += 1) tasks.push(await startAged(HOUR_MS + age, linear(1)));
  const calls = await Promise.all(Array.from({ length: 4 }, () => timeOut(12)));
  const rest = await timeOut(12);
  const ended = [...calls, rest].flatMap((call) => call.timedOut.map((task) => task.taskUuid));
  expect(ended.sort()).toEqual(tasks.sort());
  expect(await engine.runToRest()).toBe(0);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});
