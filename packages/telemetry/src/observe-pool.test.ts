import { createMetrics } from './create-metrics';
import { observePool } from './observe-pool';

test("a pool's gauges show its size and, at each scrape, how it is used", async () => {
  const metrics = createMetrics({ processMetrics: false });
  const pool = { totalCount: 4, idleCount: 1, waitingCount: 0, options: { max: 10 } };
  observePool(metrics, pool);
  expect(await metrics.scrape()).toContain('tasker_database_pool_active 3\n');
  Object.assign(pool, { totalCount: 10, idleCount: 0, waitingCount: 2 });
  const text = await metrics.scrape();
  expect(text).toContain('tasker_database_pool_max 10\n');
  expect(text).toContain('tasker_database_pool_active 10\n');
  expect(text).toContain('tasker_database_pool_idle 0\n');
  expect(text).toContain('tasker_database_pool_waiting 2\n');
});
