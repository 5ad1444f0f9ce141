import { atMost, below, type ConfigCheck } from '@tasker/config';
import { executorPoolsSchema } from './schema/executor-pools';
import type { ProcessKind } from './variables';

const POOLS = Object.keys(executorPoolsSchema.properties);

/** Where task requests and results of steps are announced. */
const ORCHESTRATION_CHANNEL = 'pgmq_message_ready.orchestration';

const BETWEEN_KEYS: readonly ConfigCheck[] = [
  atMost('database.min_connections', 'database.max_connections'),
  atMost('orchestration.polling.batch_size', 'orchestration.polling.max_messages_per_poll'),
  atMost('orchestration.polling.error_backoff_base_ms', 'orchestration.polling.error_backoff_max_ms'),
  atMost('orchestration.retry.backoff_base_ms', 'orchestration.retry.max_backoff_ms'),
  atMost('pgmq.wakeup_min_window_ms', 'pgmq.wakeup_max_window_ms'),
  ...POOLS.flatMap((pool) => [
    atMost(`executor_pools.${pool}.min_executors`, `executor_pools.${pool}.max_executors`),
    below(`executor_pools.${pool}.queue_low_watermark`, `executor_pools.${pool}.queue_high_watermark`),
  ]),
  {
    keys: [
      'orchestration.hybrid.enable_polling_fallback',
      'orchestration.hybrid.enable_event_listeners',
      'orchestration.deployment_mode',
    ],
    findProblem: (polls, listens, mode) =>
      polls || listens || mode !== 'Hybrid'
        ? null
        : 'is false, and so is orchestration.hybrid.enable_event_listeners: nothing would be noticed',
  },
  {
    keys: ['orchestration.event_driven.channels', 'orchestration.deployment_mode'],
    findProblem: (channels, mode) =>
      mode !== 'EventDrivenOnly' || (channels as readonly string[]).includes(ORCHESTRATION_CHANNEL)
        ? null
        : `is without ${ORCHESTRATION_CHANNEL}: in EventDrivenOnly no task request and no result would be noticed`,
  },
  {
    keys: [
      'orchestration.worker_events.enable_worker_listeners',
      'worker.deployment_mode',
      'orchestration.deployment_mode',
    ],
    findProblem: (listens, ofWorker, ofOrchestration) =>
      listens || (ofWorker ?? ofOrchestration) !== 'EventDrivenOnly'
        ? null
        : 'is false: a worker in EventDrivenOnly would notice no step; set worker.deployment_mode to Hybrid or PollingOnly',
  },
];

const isSet = (key: string, how: string): ConfigCheck => ({
  keys: [key],
  findProblem: (value) => (value === '' || (Array.isArray(value) && value.length === 0) ? `is not set: ${how}` : null),
});

const DATABASE = isSet('database.url', 'give DATABASE_URL, or DATABASE_URL_FILE with a path');

/** Where the messages are, when the backend is a broker. */
const BROKER: ConfigCheck = {
  keys: ['rabbitmq.url', 'messaging.backend'],
  findProblem: (url, backend) =>
    backend === 'rabbitmq' && url === ''
      ? 'is not set, and messaging.backend is rabbitmq: give RABBITMQ_URL, or RABBITMQ_URL_FILE with a path'
      : null,
};

const REQUIRED: Readonly<Record<'orchestration' | 'worker', readonly ConfigCheck[]>> = {
  orchestration: [DATABASE, BROKER],
  worker: [
    DATABASE,
    BROKER,
    isSet('worker.handlers', 'give TASKER_HANDLERS, modules or directories with handlers, with commas between'),
    {
      keys: ['worker.namespaces', 'worker.template_path'],
      findProblem: (namespaces, path) =>
        path !== '' || (namespaces as readonly string[]).length > 0
          ? null
          : 'is not set: give WORKER_NAMESPACES, with commas between, or TASKER_TEMPLATE_PATH',
    },
  ],
};

/** What must hold between keys, and what a process of a kind cannot do without. */
export function settingsChecks(kind: ProcessKind): readonly ConfigCheck[] {
  return kind === null ? BETWEEN_KEYS : [...BETWEEN_KEYS, ...REQUIRED[kind]];
}
