import { linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

const look = (stalledMs: number) => engine.maintenance.wakeStalledQueues(stalledMs);
const wake = async (stalledMs: number) => (await look(stalledMs)).queues;

test('a worker queue whose message nobody takes is woken, as often as it is asked for', async () => {
  await engine.start(linear(1));
  const heard = await engine.heardOn('pgmq_message_ready.shop', async () => {
    expect(await wake(0)).toEqual(['worker_shop_queue']);
    expect(await wake(0)).toEqual(['worker_shop_queue']);
  });
  expect(heard).toEqual(['worker_shop_queue', 'worker_shop_queue']);
});

test('the queues of orchestration are woken on its own channel', async () => {
  await engine.start(linear(1));
  await engine.report(await engine.claim());
  await engine.pool.query(`select pgmq.send('orchestration_task_requests', '{}')`);
  const queues = ['orchestration_step_results', 'orchestration_task_requests'];
  const heard = await engine.heardOn('pgmq_message_ready.orchestration', async () => {
    expect(await wake(0)).toEqual(queues);
  });
  expect(heard).toEqual(queues);
});

test('a queue whose messages are young is left alone', async () => {
  await engine.start(linear(1));
  expect(await wake(60_000)).toEqual([]);
});

test('a queue whose messages are all held or delayed is left alone', async () => {
  await engine.pool.query(`select pgmq.send('orchestration_task_requests', '{}', 60)`);
  await engine.pool.query(`select pgmq.send('orchestration_task_finalizations', '{}')`);
  await engine.pool.query(`select pgmq.read('orchestration_task_finalizations', 60, 1)`);
  expect(await wake(0)).toEqual([]);
});

test('queues that the engine does not serve are left alone, dead letters too', async () => {
  await engine.pool.query(
    `select pgmq.create(q) from unnest('{invoices,orchestration_step_results_dlq}'::text[]) as q`,
  );
  await engine.pool.query(
    `select pgmq.send(q, '{}') from unnest('{invoices,orchestration_step_results_dlq}'::text[]) as q`,
  );
  expect(await wake(0)).toEqual([]);
});

test('when nothing is stalled, it says when the first message will be, be it young, held or delayed', async () => {
  expect(await look(60_000)).toEqual({ queues: [], nextStalledMs: null });
  await engine.pool.query(`select pgmq.send('orchestration_task_requests', '{}')`);
  await engine.pool.query(`select pgmq.read('orchestration_task_requests', 30, 1)`);
  const held = await look(60_000);
  expect(held.nextStalledMs).toBeGreaterThan(60_000);
  expect(held.nextStalledMs).toBeLessThanOrEqual(90_000);
  await engine.start(linear(1));
  const young = await look(60_000);
  expect(young.nextStalledMs).toBeGreaterThan(0);
  expect(young.nextStalledMs).toBeLessThanOrEqual(60_000);
});

test('the queues of orchestration that have a visible message are found, whoever was told of it', async () => {
  expect(await engine.maintenance.findWaitingQueues()).toEqual([]);
  const all = ['orchestration_step_results', 'orchestration_task_finalizations', 'orchestration_task_requests'];
  for (const queue of all) await engine.pool.query(`select pgmq.send($1, '{}', 60)`, [queue]);
  expect(await engine.maintenance.findWaitingQueues()).toEqual([]);
  for (const queue of all) {
    await engine.pool.query(`select pgmq.send($1, '{}')`, [queue]);
    expect(await engine.maintenance.findWaitingQueues()).toContain(queue);
  }
  expect(await engine.maintenance.findWaitingQueues()).toEqual(all);
});
