import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { failing, giveUp, retryAfter } from './testing/handlers';
import { diamond, linear, twoBranches } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'the customer called' };

describe('a task that is ended', () => {
  test('by cancellation cancels what is not finished and keeps what is', async () => {
    const task = await engine.start(twoBranches());
    await engine.round(failing('red_1'), giveUp);
    await engine.claim();
    expect(await engine.operator.endTask(task, 'cancel', signature)).toMatchObject({
      kind: 'applied',
      state: 'cancelled',
    });
    expect(await engine.stepStates(task)).toEqual({
      red_1: 'error',
      red_2: 'cancelled',
      blue_1: 'complete',
      blue_2: 'cancelled',
    });
    expect((await engine.reader.listTaskTransitions(task)).at(-1)).toMatchObject({ event: 'cancel', ...signature });
  });

  test('by resolution resolves all that is not complete, failures too', async () => {
    const task = await engine.start(linear(2));
    await engine.runToRest(failing('step_1'), giveUp);
    expect(await engine.operator.endTask(task, 'resolve_manually', signature)).toMatchObject({
      kind: 'applied',
      state: 'resolved_manually',
    });
    expect(await engine.stepStates(task)).toEqual({ step_1: 'resolved_manually', step_2: 'resolved_manually' });
  });

  test.each(['cancel', 'timeout', 'resolve_manually'] as const)('by %s is not ended again', async (event) => {
    const task = await engine.start(linear(1));
    const { kind } = await engine.operator.endTask(task, event, signature);
    expect(kind).toBe('applied');
    const state = await engine.taskState(task);
    expect(await engine.operator.endTask(task, 'cancel', signature)).toEqual({ kind: 'refused', state });
  });

  test('and unknown is not found', async () => {
    expect(await engine.operator.endTask(newTaskId(), 'cancel', signature)).toEqual({ kind: 'not_found' });
  });

  test('from every state that it can rest in leaves nothing that moves', async () => {
    const waiting = await engine.start(linear(2));
    await engine.round(failing('step_1'), retryAfter(0));
    const blocked = await engine.start(linear(2));
    await engine.runToRest(failing('step_1'), giveUp);
    const reported = await engine.start(linear(2));
    await engine.report(await engine.claim());
    for (const task of [waiting, blocked, reported]) await engine.operator.endTask(task, 'cancel', signature);
    expect(await engine.runToRest()).toBe(0);
    expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
  });

  test('tells the workers that run its steps, and nobody when none runs', async () => {
    const running = await engine.start(linear(1));
    await engine.claim();
    const idle = await engine.start(linear(1));
    const heard = await engine.heardOn('tasker_lease_lost.shop', async () => {
      await engine.operator.endTask(idle, 'cancel', signature);
      await engine.operator.endTask(running, 'cancel', signature);
    });
    expect(heard).toEqual([running]);
  });
});

test('cancellations beside a running engine leave every task settled', async () => {
  const tasks = await Promise.all(
    Array.from({ length: 12 }, (_, index) => engine.start(diamond({ name: `n${index}` }))),
  );
  const half = tasks.filter((_, index) => index % 2 === 0);
  const run = async () => {
    while ((await engine.reader.countOpenTasks()).length > 0) await engine.round();
  };
  const cancel = async () => {
    for (const task of half) await engine.operator.endTask(task, 'cancel', signature);
  };
  await Promise.all([run(), run(), cancel()]);
  await engine.runToRest();
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});
