import { failing } from './testing/handlers';
import type { Session } from './testing/session';
import { emptyTemplate, linear } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

/** Whether the commit of a transaction in which `work` was done waits for the disk. */
function isDurable(work: (session: Session) => Promise<unknown>): Promise<boolean> {
  return engine.withSession(async (session) => {
    await session.begin();
    await work(session);
    const { rows } = await session.client.query('show synchronous_commit');
    await session.commit();
    return rows[0].synchronous_commit === 'on';
  });
}

const claim = ({ worker }: Session) =>
  worker.claimSteps({ queue: 'worker_shop_queue', workerId: 'worker', max: 10, leaseMs: 60_000 });
const advance = ({ orchestration }: Session) => orchestration.advanceResults(10);

test('the claim of a step that may be attempted again does not wait for the disk', async () => {
  await engine.start(linear(1, { maxAttempts: 2 }));
  expect(await isDurable(claim)).toBe(false);
});

test('the claim of a last attempt does: it shall not run once more because the claim was forgotten', async () => {
  await engine.start(linear(1, { maxAttempts: 2 }));
  await engine.round(failing('step_1'));
  await engine.orchestration.recoverDueSteps(10);
  expect(await isDurable(claim)).toBe(true);
});

test('one last attempt makes the whole claim durable', async () => {
  await engine.start(linear(1, { maxAttempts: 3 }));
  await engine.start(linear(1, { maxAttempts: 1, name: 'once' }));
  expect(await isDurable(claim)).toBe(true);
});

test('results that only lead to further steps do not wait, those that end a task do', async () => {
  await engine.start(linear(2));
  await engine.report(await engine.claim());
  expect(await isDurable(advance)).toBe(false);
  await engine.report(await engine.claim());
  expect(await isDurable(advance)).toBe(true);
});

test('an admission waits for the disk only when it ends a task', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const empty = await engine.templates.register(emptyTemplate({ name: 'empty' }));
  const tasks = [newTask(templateUuid), newTask(templateUuid), newTask(empty.templateUuid, { priority: -1 })];
  const create = ({ orchestration }: Session) =>
    orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false, maxConcurrentTasks: 1 });
  const admit = ({ maintenance }: Session) => maintenance.admitTasks({ maxConcurrentTasks: 0, max: 1 });
  expect(await isDurable(create)).toBe(true);
  expect(await isDurable(admit)).toBe(false);
  expect(await isDurable(admit)).toBe(true);
});

test('a report waits for the disk', async () => {
  await engine.start(linear(1));
  const steps = await engine.claim();
  const outcome = { kind: 'success', result: 1, metadata: {} } as const;
  const reports = steps.map(({ stepUuid, attempt }) => ({ stepUuid, attempt, outcome, executionMs: 1 }));
  expect(await isDurable(({ worker }) => worker.reportSteps('worker', reports))).toBe(true);
});

test('the next transaction of the connection waits again', async () => {
  await engine.start(linear(1));
  await engine.withSession(async (session) => {
    await claim(session);
    const { rows } = await session.client.query('show synchronous_commit');
    expect(rows[0].synchronous_commit).toBe('on');
  });
});
