/** One metric: what kind it is, what it means, and which labels it bears. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** The upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/**
 * All metrics of the system. Counters end in `_total`, durations are histograms in seconds, and labels have few values:
 * no ids and no text of users. A metric that is here is fed.
 */
export const metricTable = {
  tasker_tasks_created_total: { kind: 'counter', help: 'Tasks accepted.', labels: ['namespace'] },
  tasker_tasks_active: { kind: 'gauge', help: 'Tasks that have not ended.', labels: [] },
  tasker_tasks_finished_total: {
    kind: 'counter',
    help: 'Tasks that ended, by their final state.',
    labels: ['namespace', 'state'],
  },
  tasker_step_executions_total: {
    kind: 'counter',
    help: 'Attempts of steps that handlers finished, by outcome.',
    labels: ['namespace', 'outcome'],
  },
  tasker_step_errors_total: { kind: 'counter', help: 'Attempts of steps that failed.', labels: ['namespace'] },
  tasker_step_execution_duration_seconds: {
    kind: 'histogram',
    help: 'How long handlers ran.',
    labels: ['namespace'],
    buckets: SECONDS,
  },
  tasker_step_retries_total: {
    kind: 'counter',
    help: 'Failed steps that were scheduled again.',
    labels: ['namespace'],
  },
  tasker_results_processed_total: {
    kind: 'counter',
    help: 'Step results that orchestration took, by what became of them.',
    labels: ['outcome'],
  },
  tasker_claim_batch_size: {
    kind: 'histogram',
    help: 'Steps that a worker claimed in one round trip.',
    labels: [],
    buckets: BATCH_SIZES,
  },
  tasker_recovery_actions_total: {
    kind: 'counter',
    help: 'Repairs of expired leases, due retries and broken invariants.',
    labels: ['kind'],
  },
  tasker_http_requests_total: {
    kind: 'counter',
    help: 'HTTP requests answered.',
    labels: ['method', 'route', 'status'],
  },
  tasker_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long HTTP requests took.',
    labels: ['method', 'route'],
    buckets: REQUEST_SECONDS,
  },
  tasker_database_pool_active: { kind: 'gauge', help: 'Database connections in use.', labels: [] },
  tasker_database_pool_idle: { kind: 'gauge', help: 'Database connections that are open and free.', labels: [] },
  tasker_database_pool_waiting: { kind: 'gauge', help: 'Requests that wait for a database connection.', labels: [] },
  tasker_database_pool_max: { kind: 'gauge', help: 'The most database connections the pool opens.', labels: [] },
  tasker_event_listener_active: {
    kind: 'gauge',
    help: '1 while the listener of database notifications is connected, else 0.',
    labels: ['mode'],
  },
  tasker_listener_reconnections_total: {
    kind: 'counter',
    help: 'How often the listener connected again after it had lost its connection.',
    labels: [],
  },
  tasker_circuit_breaker_state: {
    kind: 'gauge',
    help: '1 for the state that a circuit breaker is in, 0 for the others.',
    labels: ['name', 'state'],
  },
  tasker_circuit_breaker_transitions_total: {
    kind: 'counter',
    help: 'Changes of state of a circuit breaker, by the new state.',
    labels: ['name', 'to'],
  },
  tasker_query_cache_requests_total: {
    kind: 'counter',
    help: 'Reads through the query cache: hit, or miss when the database was asked.',
    labels: ['result'],
  },
  tasker_health_status: {
    kind: 'gauge',
    help: '1 while a component is healthy by its checks, else 0.',
    labels: ['component'],
  },
  tasker_event_notifications_received_total: { kind: 'counter', help: 'Database notifications received.', labels: [] },
} as const satisfies Record<string, MetricDefinition>;

/** The table's type, from which names and labels are derived. */
export type MetricTable = typeof metricTable;
