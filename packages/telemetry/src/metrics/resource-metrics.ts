import type { MetricDefinition } from '../metric-definition';

/** What may run out: queues that grow, database connections, room in caches, executors. */
export const resourceMetrics = {
  tasker_queue_depth: {
    kind: 'gauge',
    help: 'Messages in a queue, dead-letter queues included, whether they can be received now or not. Read at a scrape, every 15 seconds at most.',
    labels: ['queue'],
    process: 'orchestration',
  },
  tasker_queue_oldest_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest message of a queue, 0 when it is empty. Read together with the depth.',
    labels: ['queue'],
    process: 'orchestration',
  },
  tasker_database_pool_active: {
    kind: 'gauge',
    help: 'Database connections in use.',
    labels: [],
  },
  tasker_database_pool_idle: {
    kind: 'gauge',
    help: 'Database connections that are open and free.',
    labels: [],
  },
  tasker_database_pool_waiting: {
    kind: 'gauge',
    help: 'Requests that wait for a database connection: more than 0 for long means that the pool is too small.',
    labels: [],
  },
  tasker_database_pool_max: {
    kind: 'gauge',
    help: 'The most database connections the pool opens. Set once, at the start.',
    labels: [],
  },
  tasker_query_cache_requests_total: {
    kind: 'counter',
    help: 'Reads through the query cache: hit, or miss when the database was asked.',
    labels: ['result'],
    process: 'orchestration',
  },
  tasker_executor_pool_active: {
    kind: 'gauge',
    help: 'Executors of a pool that work now.',
    labels: ['pool'],
    process: 'orchestration',
  },
  tasker_executor_pool_max: {
    kind: 'gauge',
    help: 'The most executors a pool may have.',
    labels: ['pool'],
    process: 'orchestration',
  },
  tasker_executor_pool_queue_depth: {
    kind: 'gauge',
    help: 'Work items that wait for an executor of the pool; new tasks are refused above the high watermark.',
    labels: ['pool'],
    process: 'orchestration',
  },
} as const satisfies Record<string, MetricDefinition>;
