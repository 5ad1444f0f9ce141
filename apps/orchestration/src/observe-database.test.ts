import type { QueueStats } from '@tasker/messaging';
import { createMetrics } from '@tasker/telemetry';
import { observeOpenTasks, observeQueues } from './observe-database';

const queueStats = (queue: string, visibleCount: number, oldestAgeMs: number | null): QueueStats => ({
  queue,
  visibleCount,
  invisibleCount: 1,
  totalCount: null,
  oldestAgeMs,
});

test('the share of a process in the open tasks is their number over the processes', async () => {
  const metrics = createMetrics({ processMetrics: false });
  observeOpenTasks(metrics, {
    countOpenTasks: async () => [
      { namespace: 'shop', state: 'steps_in_process', tasks: 300 },
      { namespace: 'shop', state: 'waiting_for_retry', tasks: 60 },
    ],
    countOrchestrators: async () => 3,
  });
  expect(await metrics.scrape()).toContain('tasker_tasks_active 120');
});

test('a process that is not counted itself, as behind a pooler that hides names, shows all open tasks', async () => {
  const metrics = createMetrics({ processMetrics: false });
  observeOpenTasks(metrics, {
    countOpenTasks: async () => [{ namespace: 'shop', state: 'steps_in_process', tasks: 7 }],
    countOrchestrators: async () => 0,
  });
  expect(await metrics.scrape()).toContain('tasker_tasks_active 7');
});

test('scrapes that follow each other share one reading of the queues', async () => {
  const metrics = createMetrics({ processMetrics: false });
  let readings = 0;
  observeQueues(metrics, async () => {
    readings += 1;
    return [queueStats('worker_shop_queue', 4, 2_500), queueStats('empty', 0, null)];
  });
  await metrics.scrape();
  const text = await metrics.scrape();
  expect(readings).toBe(1);
  expect(text).toContain('tasker_queue_depth{queue="worker_shop_queue"} 5');
  expect(text).toContain('tasker_queue_oldest_age_seconds{queue="worker_shop_queue"} 2.5');
  expect(text).toContain('tasker_queue_oldest_age_seconds{queue="empty"} 0');
});

test('with more queues than labels, the rest is summed up', async () => {
  const metrics = createMetrics({ processMetrics: false });
  observeQueues(metrics, async () => Array.from({ length: 210 }, (_, i) => queueStats(`q_${i}`, 0, i * 1_000)));
  const text = await metrics.scrape();
  expect(text).toContain('tasker_queue_depth{queue="other"} 10');
  expect(text).toContain('tasker_queue_oldest_age_seconds{queue="other"} 209');
});

test('a scrape does not wait for a database that does not answer, and asks it no second time meanwhile', async () => {
  const metrics = createMetrics({ processMetrics: false });
  let readings = 0;
  observeQueues(metrics, () => {
    readings += 1;
    return new Promise(() => {});
  });
  expect(await metrics.scrape()).toContain('tasker_http_requests_total');
  await metrics.scrape();
  expect(readings).toBe(1);
});
