import { type MetricDefinition, REQUEST_SECONDS } from '../metric-definition';

/** How a process hears of work: its deployment mode, notifications and polling. The label `mode` is hybrid, event_driven or polling. */
export const coordinationMetrics = {
  tasker_deployment_mode: {
    kind: 'gauge',
    help: '1 for the mode this process runs in. Set once, at its start.',
    labels: ['mode'],
  },
  tasker_event_listener_active: {
    kind: 'gauge',
    help: '1 while the listener is connected and proved to hear notifications, else 0. Not there in mode polling, which has no listener.',
    labels: ['mode'],
  },
  tasker_event_listener_lag_ms: {
    kind: 'gauge',
    help: 'Milliseconds the last probe of the listener took from NOTIFY to arrival. Moves with each probe, every few seconds.',
    labels: ['mode'],
  },
  tasker_polling_fallback_active: {
    kind: 'gauge',
    help: '1 while polling stands in for a listener that is down or late, else 0. Only in mode hybrid.',
    labels: ['mode'],
  },
  tasker_mode_switches_total: {
    kind: 'counter',
    help: 'Changes between events and the polling fallback, in either direction; becoming ready after the start is none. Only in mode hybrid.',
    labels: ['mode'],
  },
  tasker_event_notifications_received_total: {
    kind: 'counter',
    help: 'Database notifications received.',
    labels: [],
  },
  tasker_event_processing_duration_seconds: {
    kind: 'histogram',
    help: 'From a notification until the look it asked for was done: the claim of a worker, the round of orchestration.',
    labels: [],
    buckets: REQUEST_SECONDS,
  },
  tasker_listener_reconnections_total: {
    kind: 'counter',
    help: 'How often the listener connected again after it had lost its connection.',
    labels: [],
  },
  tasker_polling_cycles_total: {
    kind: 'counter',
    help: 'Looks at a queue that a timer asked for, and no notification. Moves in modes hybrid and polling, also when nothing is found.',
    labels: [],
  },
  tasker_polling_messages_found_total: {
    kind: 'counter',
    help: 'Messages that such looks found. In mode hybrid with a healthy listener this stays near zero: growth means missed notifications.',
    labels: [],
  },
  tasker_polling_messages_processed_total: {
    kind: 'counter',
    help: 'Messages found by such looks that were taken into work: claimed by a worker, applied by orchestration.',
    labels: [],
  },
  tasker_polling_duration_seconds: {
    kind: 'histogram',
    help: 'How long such a look took, processing included in orchestration. More than the poll interval means overload.',
    labels: [],
    buckets: REQUEST_SECONDS,
  },
  tasker_polling_errors_total: {
    kind: 'counter',
    help: 'Such looks that failed; the next one comes after a growing pause.',
    labels: [],
  },
  tasker_outbox_published_total: {
    kind: 'counter',
    help: 'Messages that the broker has confirmed; only where messaging.backend is rabbitmq.',
    labels: [],
  },
} as const satisfies Record<string, MetricDefinition>;
