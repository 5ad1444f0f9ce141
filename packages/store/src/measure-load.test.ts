import { measureLoad } from './measure-load';
import { linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

test('tasks count per second of the window, and attempts per task', async () => {
  await engine.start(linear(2));
  await engine.start(linear(2));
  await engine.runToRest();
  const load = await measureLoad(engine.pool, 100);
  expect(load).toMatchObject({ tasksPerSecond: 0.02, attemptsPerTask: 2, attemptMs: expect.any(Number) });
  expect([1, 2, 3, 4]).toContain(load.busiestStepsPerSecond);
  expect(load.attemptMs).toBeGreaterThan(0);
  expect(load.connectionsInUse).toBeGreaterThan(0);
  expect(load.connectionsInUse).toBeLessThan(load.maxConnections);
});

test('an idle database has no rate of attempts', async () => {
  expect(await measureLoad(engine.pool, 60)).toMatchObject({
    tasksPerSecond: 0,
    attemptsPerTask: null,
    attemptMs: null,
    busiestStepsPerSecond: null,
    reservedConnections: expect.any(Number),
  });
});
