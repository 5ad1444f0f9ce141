import {
  ADDRESSES,
  BACKED_OFF,
  breaker,
  broker,
  CACHED,
  coordination,
  E2E,
  type EffectTest,
  executorPool,
  GIVEN_UP,
  grpcSwitch,
  HEALTH,
  keysTest,
  LATENESS,
  limits,
  listenForSteps,
  listenForWork,
  ORCHESTRATION,
  PLANNED,
  POLLS_INSTEAD,
  pool,
  processKeys,
  RETRIED,
  TRACED,
  tuned,
  WORKER,
  workerKeys,
} from './effect-tests';

/**
 * The tests that show the effect of each key of the configuration, not only that it is read. `*` stands for one part of a key,
 * where a group of keys is one piece of code.
 */
export const KEY_EFFECTS: Readonly<Record<string, readonly EffectTest[]>> = {
  'database.url': [
    [
      `${E2E}/deployment-guide/environment.test.ts`,
      'the containers of the guide start with the variables that it gives them, the database from a secret file',
    ],
  ],
  'database.listen_url': [
    [
      `${E2E}/silent-listen.test.ts`,
      'Hybrid notices a LISTEN connection that went silent, polls in its place without lateness, and hands back',
    ],
  ],
  'database.max_connections': [
    keysTest('an orchestration keeps min_connections open from its start, and opens max_connections at the most'),
  ],
  'database.min_connections': [
    keysTest('an orchestration keeps min_connections open from its start, and opens max_connections at the most'),
    workerKeys('a worker keeps min_connections open, though it has nothing to do, and never more than its own maximum'),
  ],
  'database.connection_timeout_ms': [pool('who waits too long for a connection is refused')],
  'database.idle_timeout_seconds': [
    pool('connections beyond the least are closed when nobody has needed them for a while'),
  ],
  'database.max_lifetime_seconds': [pool('a connection is replaced when its time is over')],
  'database.query_cache.enabled': [CACHED],
  'database.query_cache.max_size': [CACHED],
  'database.query_cache.ttl_seconds': [
    [`${ORCHESTRATION}/query-cache-keys.test.ts`, 'an answer of the query cache is read anew after ttl_seconds'],
  ],

  'orchestration.deployment_mode': [
    [
      `${E2E}/listening.test.ts`,
      'in PollingOnly no session listens, no notification is heard, and work is done all the same',
    ],
  ],
  'orchestration.max_concurrent_tasks': [
    limits('no more tasks are in progress than may be; the others wait in pending, and come in as those end'),
  ],
  'orchestration.task_timeout_seconds': [
    limits(
      'a task that does not end in its time ends in error, also while it waits for others, and its audit says why',
    ),
  ],
  'orchestration.shutdown_timeout_ms': [keysTest('a request may go on for shutdown_timeout_ms when the process stops')],
  'orchestration.hybrid.enable_event_listeners': [
    listenForWork('PollingOnly has no listener, nor has Hybrid without event listeners'),
    workerKeys(POLLS_INSTEAD),
  ],
  'orchestration.hybrid.listener_reconnect_interval_ms': [
    listenForWork('in Hybrid attempts to connect follow each other within listener_reconnect_interval_ms'),
  ],
  'orchestration.hybrid.listener_health_check_interval_ms': [listenForWork(LATENESS)],
  'orchestration.hybrid.enable_polling_fallback': [
    coordination('Hybrid without the fallback never polls'),
    listenForSteps('Hybrid starts without its listener where polling stands in, and fails to start where nothing does'),
  ],
  'orchestration.hybrid.polling_interval_ms': [coordination('Hybrid polls while its listener is down, and hands back')],
  'orchestration.hybrid.fallback_activation_threshold_ms': [
    coordination('Hybrid polls while notifications are later than the threshold'),
    listenForSteps('a listener later than fallback_activation_threshold_ms counts as not well'),
  ],
  'orchestration.event_driven.listener_reconnect_interval_ms': [
    listenForWork(
      'in EventDrivenOnly as many attempts as may fail follow each other within listener_reconnect_interval_ms',
    ),
  ],
  'orchestration.event_driven.listener_health_check_interval_ms': [
    listenForWork(LATENESS),
    listenForSteps('%s measures how late notifications are as often as its key says'),
  ],
  'orchestration.event_driven.max_reconnect_attempts': [
    listenForWork(
      'in EventDrivenOnly as many attempts as may fail follow each other within listener_reconnect_interval_ms',
    ),
    [
      `${E2E}/listening.test.ts`,
      'in EventDrivenOnly a process that cannot listen any more ends with code 1 after its attempts, and says why',
    ],
  ],
  'orchestration.event_driven.channels': [
    listenForWork('EventDrivenOnly listens to the channels that it is given only'),
  ],
  'orchestration.event_driven.listener_pool_size': [
    listenForWork('a pool of at most %i connections takes %i for 120 channels, and hears all of them'),
  ],
  'orchestration.event_driven.connection_timeout_ms': [
    listenForWork('EventDrivenOnly fails to start when its connection takes longer than connection_timeout_ms'),
    listenForSteps('EventDrivenOnly fails to start when its connection takes longer than connection_timeout_ms'),
  ],
  'orchestration.polling.task_request_poll_interval_ms': [
    coordination('PollingOnly looks for each kind of work at its own interval'),
  ],
  'orchestration.polling.step_result_poll_interval_ms': [
    coordination('PollingOnly looks for each kind of work at its own interval'),
  ],
  'orchestration.polling.finalization_poll_interval_ms': [
    coordination('PollingOnly looks for each kind of work at its own interval'),
  ],
  'orchestration.polling.batch_size': [
    PLANNED,
    keysTest('a look of PollingOnly takes no more than max_messages_per_poll, in transactions of batch_size'),
  ],
  'orchestration.polling.max_messages_per_poll': [
    PLANNED,
    [`${ORCHESTRATION}/engine/waves.test.ts`, 'a poll takes no more than its share'],
  ],
  'orchestration.polling.error_backoff_base_ms': [PLANNED, BACKED_OFF],
  'orchestration.polling.error_backoff_max_ms': [PLANNED, BACKED_OFF],
  'orchestration.polling.error_backoff_multiplier': [PLANNED, BACKED_OFF],
  'orchestration.worker_events.enable_worker_listeners': [workerKeys(POLLS_INSTEAD)],
  'orchestration.worker_events.worker_listener_reconnect_ms': [
    listenForSteps('attempts to connect follow each other within worker_listener_reconnect_ms'),
  ],
  'orchestration.health.health_check_interval_ms': [HEALTH],
  'orchestration.health.unhealthy_threshold': [HEALTH],
  'orchestration.health.recovery_threshold': [HEALTH],
  'orchestration.web.bind_address': [ADDRESSES],
  'orchestration.grpc.enabled': grpcSwitch('enabled'),
  'orchestration.grpc.bind_address': [
    [
      `${E2E}/deployment-guide/blocks.test.ts`,
      'under the block grpc.toml the server is where the variable says, tells its services and answers probes',
    ],
  ],
  'orchestration.grpc.enable_reflection': grpcSwitch('enable_reflection'),
  'orchestration.grpc.enable_health_service': grpcSwitch('enable_health_service'),
  'orchestration.retry.*': [RETRIED],

  'worker.namespaces': [[`${E2E}/deployment-guide/health.test.ts`, 'a worker names the namespaces that it serves']],
  'worker.template_path': [processKeys('a worker without namespaces serves those of the templates at template_path')],
  'worker.handlers': [TRACED],
  'worker.deployment_mode': [
    [
      'packages/settings/src/load-settings.test.ts',
      'the mode of workers is that of orchestration unless they have one of their own',
    ],
    [`${E2E}/deployment-modes.test.ts`, 'workers in mode %s finish tasks, retries included'],
    [
      `${E2E}/listening.test.ts`,
      'in PollingOnly no session listens, no notification is heard, and work is done all the same',
    ],
  ],
  'worker.max_concurrent_handlers': tuned(
    `${WORKER}/worker-runtime.test.ts`,
    'a queue is claimed as long as batches come back full, never beyond the free slots',
  ),
  'worker.lease_ms': tuned(
    `${E2E}/recovery-by-events.test.ts`,
    'the step of a killed worker runs again when its lease is over',
  ),
  'worker.handler_timeout_ms': tuned(
    `${WORKER}/worker-endings.test.ts`,
    'has its signal fired, and its slot freed when the handler ignores that',
  ),
  'worker.shutdown_timeout_ms': tuned(
    `${E2E}/worker-crash.test.ts`,
    'a worker that may not wait hands its steps back, and the attempt does not count',
  ),
  'worker.polling_interval_ms': tuned(
    `${WORKER}/worker-runtime.test.ts`,
    'an idle worker polls every 1.8 s beside a healthy listener, and every second without one',
  ),
  'worker.web.bind_address': [ADDRESSES],
  'worker.grpc.enabled': grpcSwitch('enabled'),
  'worker.grpc.bind_address': grpcSwitch('enable_reflection'),
  'worker.grpc.enable_reflection': grpcSwitch('enable_reflection'),
  'worker.grpc.enable_health_service': grpcSwitch('enable_health_service'),
  'worker.database.max_connections': [
    workerKeys('a worker keeps min_connections open, though it has nothing to do, and never more than its own maximum'),
  ],

  'circuit_breakers.*.enabled': breaker('opens'),
  'circuit_breakers.*.error_threshold': breaker('opens'),
  'circuit_breakers.*.timeout_seconds': breaker('tries'),
  'circuit_breakers.*.half_open_timeout_seconds': breaker('tries'),
  'executor_pools.*.min_executors': [
    executorPool('it shrinks by one when less waits than the low watermark, and stays in between'),
  ],
  'executor_pools.*.max_executors': [
    executorPool('the pool grows by one while more waits than the high watermark, up to its most'),
    [`${E2E}/deployment-guide/blocks.test.ts`, 'under the block %s processes start, say so, and finish a task'],
  ],
  'executor_pools.*.queue_high_watermark': [
    executorPool('the pool grows by one while more waits than the high watermark, up to its most'),
    limits('more submissions than can be done at once are refused for a while, and nothing that was accepted is lost'),
  ],
  'executor_pools.*.queue_low_watermark': [
    executorPool('it shrinks by one when less waits than the low watermark, and stays in between'),
    executorPool('it is overloaded when it cannot grow any more, and until little waits'),
  ],
  'messaging.backend': [
    [`${E2E}/move-backend.test.ts`, '500 tasks move to RabbitMQ and back while they run, and none is lost'],
  ],
  'rabbitmq.url': [
    [`${E2E}/rabbitmq-outages.test.ts`, 'a broker that is killed under load and started again costs no task'],
  ],
  'rabbitmq.queue_prefix': [
    broker('create-rabbitmq', 'installations with other prefixes share a broker without meeting'),
  ],
  'rabbitmq.heartbeat_seconds': [broker('create-rabbitmq', GIVEN_UP)],
  'rabbitmq.confirm_timeout_ms': [broker('create-rabbitmq', GIVEN_UP)],
  'rabbitmq.prefetch': [broker('inbox', 'no more than the prefetch is held, and more comes as it is settled')],
  'rabbitmq.max_receive_count': [
    broker('inbox', 'a message that everybody gives back is dead-lettered after its last delivery'),
  ],
  'rabbitmq.resend_after_seconds': [
    [
      'packages/store/src/outbox-store.test.ts',
      'is left alone while it is young, and for as long again once it was sent',
    ],
    [`${E2E}/rabbitmq-outages.test.ts`, 'queues that somebody deletes with all that is in them cost no task'],
  ],
  'pgmq.visibility_timeout_seconds': [
    keysTest('a task request that is worked on stays hidden for visibility_timeout_seconds'),
  ],
  'pgmq.max_receive_count': [keysTest('a task request is dead-lettered when it was delivered max_receive_count times')],
  'pgmq.wakeup_min_window_ms': [keysTest('of wakeup_min_window_ms at the least'), keysTest('that grow under load')],
  'pgmq.wakeup_max_window_ms': [keysTest('of wakeup_max_window_ms at the most, under load too')],

  'telemetry.log_level': [processKeys('log_level says how much is logged')],
  'telemetry.log_format': [processKeys('log_format pretty writes lines for people instead of JSON')],
  'telemetry.metrics.process_metrics': [
    keysTest('process_metrics says whether an orchestration tells of its process'),
    workerKeys('process_metrics says whether a worker tells of its process'),
  ],
  'telemetry.tracing.enabled': [TRACED],
  'telemetry.tracing.endpoint': [TRACED],
  'telemetry.tracing.sample_ratio': [processKeys('sample_ratio is the share of tasks that are traced')],
  'telemetry.tracing.service_name': [
    processKeys('service_name names the processes in traces, and by default they are told apart'),
  ],
};
