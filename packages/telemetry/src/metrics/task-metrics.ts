import type { MetricDefinition } from '../metric-definition';

/** What becomes of tasks, as orchestration sees it. */
export const taskMetrics = {
  tasker_tasks_created_total: {
    kind: 'counter',
    help: 'Tasks accepted: moves when the transaction that stores a task has committed.',
    labels: ['namespace'],
    process: 'orchestration',
  },
  tasker_tasks_active: {
    kind: 'gauge',
    help: 'Open tasks of the database, divided by the orchestration processes connected to it, so that the sum over processes is the number of open tasks. Read at a scrape, every 15 seconds at most.',
    labels: [],
    process: 'orchestration',
  },
  tasker_tasks_finished_total: {
    kind: 'counter',
    help: 'Tasks that came to rest, by state: complete, error, cancelled, resolved_manually, or blocked_by_failures until an operator helps.',
    labels: ['namespace', 'state'],
    process: 'orchestration',
  },
} as const satisfies Record<string, MetricDefinition>;
