import { LINEAR, MIXED, QUICK_RETRY, shapeTemplate, template } from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  const held = { name: 'held', handler: { callable: 'hold' }, retry: QUICK_RETRY };
  const holding = template('holding', [held, { ...held, name: 'next', dependencies: ['held'] }]);
  system = await startSystem({ templates: [shapeTemplate(LINEAR), shapeTemplate(MIXED), holding] });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const BY = { reset_by: 'ada', reason: 'the provider is back' };

/** Runs a task into a permanent failure of the step; gives both. */
async function failAt(stepName: string, shape = LINEAR) {
  const fail = { [stepName]: { kind: 'permanent' } };
  const taskUuid = await system.api.submit(shape.name, { n: 2, fail });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  return { taskUuid, step: await system.api.step(taskUuid, stepName) };
}

test('a reset step runs again with all its attempts, and the log says who reset it and why', async () => {
  const fail = { step_2: { kind: 'transient', times: 99 } };
  const taskUuid = await system.api.submit(LINEAR.name, { n: 2, fail });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const step = await system.api.step(taskUuid, 'step_2');
  expect(step.attempts).toBe(3);

  const answer = await system.api.resolve(step, { action_type: 'reset_for_retry', ...BY });
  expect(answer.status).toBe(200);
  await system.untilStarted(taskUuid, 'step_2', 6);
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const audit = await system.api.audit(step);
  expect(audit.filter(({ event }) => event === 'start').map(({ attempt }) => attempt)).toEqual([3, 2, 1, 3, 2, 1]);
  expect(audit.find(({ event }) => event === 'reset_for_retry')).toMatchObject({
    actor: 'ada',
    reason: 'the provider is back',
    from_state: 'error',
    to_state: 'pending',
  });
});

test('a result given by hand feeds the steps after it, and the task completes by itself', async () => {
  const { taskUuid, step } = await failAt('step_2');
  const answer = await system.api.resolve(step, {
    action_type: 'complete_manually',
    completed_by: 'grace',
    reason: 'looked it up',
    completion_data: { result: 10 },
  });
  expect(answer).toMatchObject({ status: 200, body: { current_state: 'complete', results: 10, error: null } });
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.step(taskUuid, 'step_4')).results).toBe(10_000);
  expect((await system.api.audit(step))[0]).toMatchObject({
    event: 'complete_manually',
    actor: 'grace',
    reason: 'looked it up',
  });
});

test('a step that is resolved by hand lets the task go on without a result', async () => {
  const { taskUuid, step } = await failAt('step_4');
  const answer = await system.api.resolve(step, {
    action_type: 'resolve_manually',
    resolved_by: 'alan',
    reason: 'moot',
  });
  expect(answer).toMatchObject({ status: 200, body: { current_state: 'resolved_manually', results: null } });
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.audit(step))[0]).toMatchObject({ actor: 'alan', reason: 'moot', from_state: 'error' });
});

test('a task with two failures goes on when the second one is fixed, not before', async () => {
  const fail = { left: { kind: 'permanent' }, right: { kind: 'permanent' } };
  const taskUuid = await system.api.submit(MIXED.name, { n: 2, fail });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const fix = async (name: string) =>
    system.api.resolve(await system.api.step(taskUuid, name), {
      action_type: 'complete_manually',
      completed_by: 'ada',
      reason: 'by hand',
      completion_data: { result: 3 },
    });
  await fix('left');
  await system.untilStarted(taskUuid, 'transform');
  await system.untilTask(taskUuid, 'blocked_by_failures');
  expect((await system.api.step(taskUuid, 'validate')).current_state).toBe('pending');
  await fix('right');
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.step(taskUuid, 'finalize')).results).toBe((81 * 9 * 9) ** 2);
});

test('a cancelled task ends with its open steps; what had failed or finished stays as it was', async () => {
  const { taskUuid, step } = await failAt('left', MIXED);
  const { status } = await system.api.call('DELETE', `/v1/tasks/${taskUuid}`);
  expect(status).toBe(200);
  const task = await system.api.task(taskUuid);
  expect(task.status).toBe('cancelled');
  expect(task.completed_at).not.toBeNull();
  const states = Object.fromEntries(task.steps.map(({ name, current_state }) => [name, current_state]));
  expect(states).toMatchObject({ init: 'complete', left: 'error', right: 'complete', validate: 'cancelled' });
  const again = await system.api.call('DELETE', `/v1/tasks/${taskUuid}`);
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  const late = await system.api.resolve(step, { action_type: 'reset_for_retry', ...BY });
  expect(late).toMatchObject({ status: 409, body: { error: { details: { task_status: 'cancelled' } } } });
});

test('cancelling fires the signal of the handler that runs, and what it says afterwards does not count', async () => {
  const taskUuid = await system.api.submit('holding', { gate: 'never' });
  await system.untilStarted(taskUuid, 'held');
  await system.api.call('DELETE', `/v1/tasks/${taskUuid}`);
  await system.untilNote(taskUuid, 'LeaseLostError');
  const task = await system.api.task(taskUuid);
  expect(task.status).toBe('cancelled');
  expect(task.steps.map((step) => step.current_state)).toEqual(['cancelled', 'cancelled']);
});

test('completing a running step by hand overtakes its handler', async () => {
  const taskUuid = await system.api.submit('holding', { gate: 'overtaken' });
  await system.untilStarted(taskUuid, 'held');
  const answer = await system.api.resolve(await system.api.step(taskUuid, 'held'), {
    action_type: 'complete_manually',
    completed_by: 'ada',
    reason: 'it hangs',
    completion_data: { result: 'by hand' },
  });
  expect(answer.status).toBe(200);
  await system.untilNote(taskUuid, 'LeaseLostError');
  await system.openGate('overtaken');
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.step(taskUuid, 'held')).results).toBe('by hand');
});

test('an action that does not fit the step is refused and changes nothing', async () => {
  const { taskUuid } = await failAt('step_3');
  const done = await system.api.step(taskUuid, 'step_1');
  const reset = await system.api.resolve(done, { action_type: 'reset_for_retry', ...BY });
  expect(reset).toMatchObject({ status: 409, body: { error: { details: { current_state: 'complete' } } } });
  const anonymous = await system.api.resolve(done, { action_type: 'reset_for_retry', reason: 'no name' });
  expect(anonymous).toMatchObject({ status: 400, body: { error: { code: 'BAD_REQUEST' } } });
  expect(await system.api.step(taskUuid, 'step_1')).toEqual(done);
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
