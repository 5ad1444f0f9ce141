import {
  DIAMOND,
  descendantsOf,
  expectedResults,
  LINEAR,
  MIXED,
  SHAPES,
  type Shape,
  shapeTemplate,
  TREE,
} from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  system = await startSystem({ templates: SHAPES.map((shape) => shapeTemplate(shape)) });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const shapes = SHAPES.map((shape) => [shape.name, shape] as const);
const stages = SHAPES.flatMap((shape) =>
  (['early', 'middle', 'late'] as const).map((stage) => [shape.name, stage, shape.stages[stage], shape] as const),
);

async function run(shape: Shape, context: object, state: string) {
  const taskUuid = await system.api.submit(shape.name, context);
  await system.untilTask(taskUuid, state);
  const task = await system.api.task(taskUuid);
  const statesOf = Object.fromEntries(task.steps.map((step) => [step.name, step.current_state]));
  const resultsOf = Object.fromEntries(task.steps.map((step) => [step.name, step.results]));
  const attemptsOf = Object.fromEntries(task.steps.map((step) => [step.name, step.attempts]));
  return { task, statesOf, resultsOf, attemptsOf };
}

/** Every step complete, but `failed` in error and what depends on it pending. */
function statesAround(shape: Shape, failed: string): Record<string, string> {
  const blocked = descendantsOf(shape, failed);
  const stateOf = (step: string) => (step === failed ? 'error' : blocked.has(step) ? 'pending' : 'complete');
  return Object.fromEntries(Object.keys(shape.steps).map((step) => [step, stateOf(step)]));
}

test('four steps in sequence make 36, 1296, 1679616 and 2821109907456 of 6', async () => {
  const { resultsOf } = await run(LINEAR, { n: 6 }, 'complete');
  expect(resultsOf).toEqual({ step_1: 36, step_2: 1296, step_3: 1679616, step_4: 2821109907456 });
});

test.each([
  [DIAMOND.name, 'end', 2821109907456, DIAMOND],
  [TREE.name, 'end', (6n ** 32n).toString(), TREE],
  [MIXED.name, 'finalize', (6n ** 64n).toString(), MIXED],
] as const)('%s: the step %s makes %s of 6 and of all its parents', async (_name, last, value, shape) => {
  const { resultsOf, task } = await run(shape, { n: 6 }, 'complete');
  expect(resultsOf[last]).toBe(value);
  expect(task.steps.find((step) => step.name === last)?.total_parents).toBe(shape.steps[last]?.length);
});

test.each(shapes)('%s: every step is complete with its exact result after one attempt', async (_name, shape) => {
  for (const n of [1, 2, 8, 10]) {
    const { task, resultsOf, attemptsOf } = await run(shape, { n }, 'complete');
    expect(resultsOf).toEqual(expectedResults(shape, n));
    expect(Object.values(attemptsOf)).toEqual(task.steps.map(() => 1));
    expect(task).toMatchObject({ completion_percentage: 100, execution_status: 'all_complete' });
    expect(task.completed_at).not.toBeNull();
  }
});

test.each(stages)(
  '%s: a permanent %s failure blocks what depends on it and nothing else',
  async (_name, _stage, failing, shape) => {
    const fail = { [failing]: { kind: 'permanent' } };
    const { task, statesOf, attemptsOf } = await run(shape, { n: 2, fail }, 'blocked_by_failures');
    expect(statesOf).toEqual(statesAround(shape, failing));
    expect(attemptsOf[failing]).toBe(1);
    expect(task.completed_at).toBeNull();
    expect(task.steps.find((step) => step.name === failing)?.error).toMatchObject({
      message: `${failing} cannot work`,
      error_code: 'E2E',
      retryable: false,
    });
  },
);

test.each(stages)('%s: a transient %s failure is retried until it passes', async (_name, _stage, failing, shape) => {
  const fail = { [failing]: { kind: 'transient', times: 2 } };
  const { resultsOf, attemptsOf } = await run(shape, { n: 2, fail }, 'complete');
  expect(resultsOf).toEqual(expectedResults(shape, 2));
  expect(attemptsOf).toEqual(Object.fromEntries(Object.keys(shape.steps).map((s) => [s, s === failing ? 3 : 1])));
});

test.each(stages)('%s: %s retries end with the last attempt', async (_name, _stage, failing, shape) => {
  const fail = { [failing]: { kind: 'transient', times: 99 } };
  const { statesOf, attemptsOf, task } = await run(shape, { n: 2, fail }, 'blocked_by_failures');
  expect(statesOf).toEqual(statesAround(shape, failing));
  expect(attemptsOf[failing]).toBe(3);
  expect(task.execution_status).toBe('blocked_by_failures');
});

test('two failures in independent branches are both reported, and each blocks its own descendants', async () => {
  const fail = { left: { kind: 'permanent' }, right: { kind: 'transient', times: 99 } };
  const { statesOf, task } = await run(MIXED, { n: 2, fail }, 'blocked_by_failures');
  expect(statesOf).toMatchObject({ init: 'complete', left: 'error', right: 'error', validate: 'pending' });
  expect(task.failed_steps).toBe(2);
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
