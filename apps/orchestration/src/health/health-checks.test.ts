import { MemoryProvider } from '@tasker/messaging/memory';
import { countWork, createHealthChecks } from './health-checks';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The checks over a database that answers, and a message queue of its own. */
function createChecks(query: () => Promise<{ rows: unknown[] }> = async () => ({ rows: [] })) {
  const provider = new MemoryProvider();
  const refresh = jest.fn(() => Promise.reject(new Error('counting failed')));
  const warn = jest.fn();
  const checks = createHealthChecks({
    database: { query },
    provider,
    depths: { refresh },
    logger: { ...silent, warn },
  });
  const check = (name: string) => checks.find((one) => one.name === name)?.check();
  return { provider, check, refresh, warn };
}

test('the database is asked, and its error is the finding', async () => {
  await expect(createChecks().check('database')).resolves.toEqual({ rows: [] });
  const { check } = createChecks(() => Promise.reject(new Error('connection refused')));
  await expect(check('database')).rejects.toThrow('connection refused');
});

test('a message queue that answers is well, whatever comes of counting its work', async () => {
  const { check, refresh, warn } = createChecks();
  await check('message_queue');
  await new Promise((resolve) => setImmediate(resolve));
  expect(refresh).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith('counting work failed', { error: new Error('counting failed') });
});

test('a message queue that does not answer is the finding, and nothing is counted', async () => {
  const { provider, check, refresh } = createChecks();
  await provider.stop();
  await expect(check('message_queue')).rejects.toThrow();
  expect(refresh).not.toHaveBeenCalled();
});

test('work is what can be received from the queues of orchestration, and what is due', async () => {
  await using provider = new MemoryProvider();
  await provider.ensureQueues(['orchestration_task_requests', 'orchestration_step_results']);
  await provider.sendBatch('orchestration_step_results', [1, 2]);
  const count = countWork(provider, { countDueSteps: async () => 3 });
  expect([await count.task_initializer(), await count.result_processor(), await count.step_enqueuer()]).toEqual([
    0, 2, 3,
  ]);
});
