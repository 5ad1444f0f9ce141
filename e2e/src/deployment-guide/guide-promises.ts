/** The JSON that the deployment guide shows for each address it asks: the answers have its keys with values of its types. */
export const GUIDE_ANSWERS = {
  orchestration: {
    '/health': { status: 'healthy', database: 'connected', message_queue: 'operational' },
    '/health/detailed': {
      status: 'healthy',
      deployment_mode: 'Hybrid',
      event_listeners: { active: true, channels: 3, lag_ms: 12 },
      polling: { active: false, fallback_triggered: false },
      database: { status: 'connected', pool_size: 50, active_connections: 23 },
      circuit_breakers: { database: 'closed', message_queue: 'closed' },
      executors: {
        task_initializer: { active: 3, max: 10, queue_depth: 5 },
        result_processor: { active: 5, max: 10, queue_depth: 12 },
      },
    },
  },
  worker: {
    '/health': { status: 'healthy', namespaces: ['payments', 'inventory'], active_executions: 8, claimed_steps: 3 },
  },
} as const;

/** The gRPC calls that the guide makes with a tool, and the names under which probes ask. */
export const GUIDE_GRPC = {
  service: 'tasker.v1.HealthService',
  methods: ['CheckLiveness', 'CheckReadiness', 'CheckDetailedHealth'],
  probed: ['', 'tasker.v1.HealthService'],
} as const;

/** What the validator prints for the guide's files of the environment production. */
export const GUIDE_REPORT = [
  '✓ Configuration loaded successfully',
  '✓ Environment: production',
  '✓ Deployment mode: Hybrid',
  '✓ Database pool: 50 connections',
  '✓ Circuit breakers: 2 configurations',
] as const;

/** A metric of the guide; its samples carry at least these labels, with any value where there is none. */
export interface GuideMetric {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string | null>>;
}

const counted = (...names: readonly string[]): readonly GuideMetric[] => names.map((name) => ({ name }));
const inMode = (mode: string, ...names: readonly string[]): readonly GuideMetric[] =>
  names.map((name) => ({ name, labels: { mode } }));

/** The metrics to monitor in each deployment mode. */
export const GUIDE_METRICS_OF_MODE = {
  Hybrid: inMode(
    'hybrid',
    'tasker_event_listener_active',
    'tasker_event_listener_lag_ms',
    'tasker_polling_fallback_active',
    'tasker_mode_switches_total',
  ),
  EventDrivenOnly: [
    ...inMode('event_driven', 'tasker_event_listener_active'),
    ...counted(
      'tasker_event_notifications_received_total',
      'tasker_event_processing_duration_seconds_count',
      'tasker_listener_reconnections_total',
    ),
  ],
  PollingOnly: counted(
    'tasker_polling_cycles_total',
    'tasker_polling_messages_processed_total',
    'tasker_polling_duration_seconds_count',
    'tasker_polling_errors_total',
  ),
} as const;

/** The metrics of alert rules, of scaling and of migrations that both kinds of process have. */
export const GUIDE_METRICS_OF_BOTH: readonly GuideMetric[] = [
  { name: 'tasker_circuit_breaker_state', labels: { name: null, state: 'open' } },
  ...counted('tasker_database_pool_active', 'tasker_database_pool_max', 'tasker_polling_messages_found_total'),
];

/** Further ones, by the kind of process that they are about. */
export const GUIDE_METRICS_OF_KIND = {
  orchestration: counted('tasker_tasks_active'),
  worker: counted('tasker_step_errors_total', 'tasker_step_discovery_duration_seconds_count'),
} as const;
