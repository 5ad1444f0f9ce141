import { until } from '@tasker/testing';
import { getRunner } from './get-runner';
import { QUICK_RETRY, template } from './shapes';
import { type System, type SystemOptions, startSystem } from './start-system';

const held = { name: 'held', handler: { callable: 'hold' }, retry: QUICK_RETRY };
const HOLDING = template('holding', [held, { ...held, name: 'next', dependencies: ['held'] }]);

/** A lost worker is noticed after this time; one whose machine stalls for a while keeps its steps. */
const SHORT_LEASE = { TASKER__worker__lease_ms: '6000' };

const startHolding = (options: SystemOptions): Promise<System> => startSystem({ ...options, templates: [HOLDING] });

test('a step whose worker is killed runs again on another one, and only that attempt counts', async () => {
  await using system = await startHolding({ workers: 2, workerEnv: SHORT_LEASE });
  const { api } = system;
  const taskUuid = await api.submit('holding', { gate: 'crash' });
  await system.untilStarted(taskUuid, 'held');
  const { runner, others } = await getRunner(system, taskUuid, 'held');
  await runner.kill();
  await system.untilStarted(taskUuid, 'held', 2);
  await system.openGate('crash');
  await system.untilTask(taskUuid, 'complete');

  const step = await api.step(taskUuid, 'held');
  expect(step).toMatchObject({ attempts: 2, results: { attempt: 2, pid: others[0]?.pid } });
  const audit = await api.audit(step);
  expect(audit.filter((line) => line.to_state === 'complete')).toHaveLength(1);
  expect(audit.find(({ event }) => event === 'lease_expired')).toMatchObject({
    attempt: 1,
    to_state: 'waiting_for_retry',
  });
  await system.expectInvariants();
});

test('a worker that was frozen longer than its lease finds its result refused', async () => {
  await using system = await startHolding({ workers: 2, workerEnv: SHORT_LEASE });
  const taskUuid = await system.api.submit('holding', { gate: 'frozen' });
  await system.untilStarted(taskUuid, 'held');
  const { runner, others } = await getRunner(system, taskUuid, 'held');
  process.kill(runner.pid ?? 0, 'SIGSTOP');
  try {
    await system.untilStarted(taskUuid, 'held', 2);
    await system.openGate('frozen');
    await system.untilTask(taskUuid, 'complete');
  } finally {
    process.kill(runner.pid ?? 0, 'SIGCONT');
  }
  await until('the frozen worker learns that it lost the step', () => /lease lost|too late/.test(runner.output));
  const step = await system.api.step(taskUuid, 'held');
  expect(step).toMatchObject({ attempts: 2, results: { attempt: 2, pid: others[0]?.pid } });
  expect((await system.api.audit(step)).filter((line) => line.to_state === 'complete')).toHaveLength(1);
  await system.expectInvariants();
});

test('the step of a killed worker waits for the next worker when there is no other', async () => {
  await using system = await startHolding({ workerEnv: SHORT_LEASE });
  const taskUuid = await system.api.submit('holding', { gate: 'alone' });
  await system.untilStarted(taskUuid, 'held');
  const [worker] = system.fleet.workers;
  await worker?.kill();
  await system.openGate('alone');
  await worker?.start();
  await system.untilTask(taskUuid, 'complete');
  expect(await system.api.step(taskUuid, 'held')).toMatchObject({ attempts: 2, results: { attempt: 2 } });
  await system.expectInvariants();
});

test('a step that loses its worker each time fails when its attempts are used up', async () => {
  const templates = [template('once', [{ ...held, retry: { max_attempts: 1 } }])];
  await using system = await startSystem({ workerEnv: SHORT_LEASE, templates });
  const taskUuid = await system.api.submit('once', { gate: 'never' });
  await system.untilStarted(taskUuid, 'held');
  await system.fleet.workers[0]?.kill();
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const step = await system.api.step(taskUuid, 'held');
  expect(step).toMatchObject({ current_state: 'error', attempts: 1 });
  expect((await system.api.audit(step))[0]?.reason).toMatch(/lease of attempt 1 ended .*all attempts are used up/);
  await system.expectInvariants();
});

test('a worker that is told to stop lets its steps finish first, and takes no others', async () => {
  await using system = await startHolding({ workers: 1 });
  const [worker] = system.fleet.workers;
  const pid = worker?.pid;
  const taskUuid = await system.api.submit('holding', { gate: 'graceful' });
  await system.untilStarted(taskUuid, 'held');
  const ended = worker?.stop();
  await until('the worker is not ready any more', async () => !(await fetch(`${worker?.url}/health/ready`)).ok);
  await system.openGate('graceful');
  expect(await ended).toEqual({ code: 0, signal: null });

  const task = await system.api.task(taskUuid);
  expect(task.steps[0]).toMatchObject({ attempts: 1, results: { attempt: 1, pid } });
  await until('the next step is enqueued', async () => {
    return (await system.api.step(taskUuid, 'next')).current_state === 'enqueued';
  });
  await worker?.start();
  await system.untilTask(taskUuid, 'complete');
  await system.expectInvariants();
});

test('a worker that may not wait hands its steps back, and the attempt does not count', async () => {
  await using system = await startHolding({ workers: 2, workerEnv: { TASKER__worker__shutdown_timeout_ms: '0' } });
  const taskUuid = await system.api.submit('holding', { gate: 'hand_back' });
  await system.untilStarted(taskUuid, 'held');
  const { runner, others } = await getRunner(system, taskUuid, 'held');
  expect(await runner.stop()).toEqual({ code: 0, signal: null });
  await system.untilNote(taskUuid, 'WorkerStoppingError');
  await system.untilStarted(taskUuid, 'held', 2);
  await system.openGate('hand_back');
  await system.untilTask(taskUuid, 'complete');
  const step = await system.api.step(taskUuid, 'held');
  expect(step).toMatchObject({ attempts: 1, results: { attempt: 1, pid: others[0]?.pid } });
  await system.expectInvariants();
});
