import { BATCH_SIZES, type MetricDefinition, REQUEST_SECONDS } from '../metric-definition';

/** What a worker holds, and its round trips. */
export const workerMetrics = {
  tasker_claim_batch_size: {
    kind: 'histogram',
    help: 'Steps that one claim brought; claims that brought none not counted.',
    labels: [],
    buckets: BATCH_SIZES,
    process: 'worker',
  },
  tasker_claim_duration_seconds: {
    kind: 'histogram',
    help: 'How long a claim took, from its request to its answer, whether it brought steps or not.',
    labels: [],
    buckets: REQUEST_SECONDS,
    process: 'worker',
  },
  tasker_report_duration_seconds: {
    kind: 'histogram',
    help: 'How long one report of ended attempts took, from its request to its answer; failed ones included.',
    labels: [],
    buckets: REQUEST_SECONDS,
    process: 'worker',
  },
  tasker_report_batch_size: {
    kind: 'histogram',
    help: 'Ended attempts that went together in one report.',
    labels: [],
    buckets: BATCH_SIZES,
    process: 'worker',
  },
  tasker_reports_refused_total: {
    kind: 'counter',
    help: 'Ended attempts whose report was refused, since the step was cancelled or another worker had it.',
    labels: [],
    process: 'worker',
  },
  tasker_handlers_running: {
    kind: 'gauge',
    help: 'Handlers that run now.',
    labels: [],
    process: 'worker',
  },
  tasker_handlers_max: {
    kind: 'gauge',
    help: 'Handlers that may run at once: the worker is full while as many run.',
    labels: [],
    process: 'worker',
  },
  tasker_steps_waiting: {
    kind: 'gauge',
    help: 'Claimed steps that wait for a free slot.',
    labels: [],
    process: 'worker',
  },
  tasker_steps_unreported: {
    kind: 'gauge',
    help: 'Ended attempts whose report is not done: grows while the database does not answer.',
    labels: [],
    process: 'worker',
  },
  tasker_leases_held: {
    kind: 'gauge',
    help: 'Steps this worker holds: waiting, running or unreported.',
    labels: [],
    process: 'worker',
  },
  tasker_leases_renewed_total: {
    kind: 'counter',
    help: 'Leases extended for steps that run longer than a third of a lease.',
    labels: [],
    process: 'worker',
  },
  tasker_leases_lost_total: {
    kind: 'counter',
    help: 'Leases lost while their step waited or ran: its task was cancelled, another worker has it, or they could not be renewed in time.',
    labels: ['namespace'],
    process: 'worker',
  },
} as const satisfies Record<string, MetricDefinition>;
