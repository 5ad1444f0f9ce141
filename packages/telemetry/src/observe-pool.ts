import type { Metrics } from './create-metrics';

/** The part of a `pg` pool that its gauges need. */
export interface PoolCounts {
  /** Open connections. */
  readonly totalCount: number;
  /** Open connections that nobody uses. */
  readonly idleCount: number;
  /** Requests that wait for one. */
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

/** Feeds the gauges of a database pool: its size now, the rest at each scrape. */
export function observePool(metrics: Metrics, pool: PoolCounts): void {
  metrics.set('tasker_database_pool_max', {}, pool.options.max);
  metrics.onScrape(() => {
    metrics.set('tasker_database_pool_active', {}, pool.totalCount - pool.idleCount);
    metrics.set('tasker_database_pool_idle', {}, pool.idleCount);
    metrics.set('tasker_database_pool_waiting', {}, pool.waitingCount);
  });
}
