import { flag, integer, list, number, section } from '@tasker/config';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations';
import { CHANNEL } from './forms';

const reconnectInterval = (byDefault: number) =>
  integer('Milliseconds between attempts to connect the listener again, at the most; the first come sooner.', {
    default: byDefault,
    minimum: 100,
    maximum: HOUR_MS,
  });

const healthCheckInterval = (byDefault: number) =>
  integer(
    'Milliseconds between probes that measure how late notifications are; besides, a lost connection is noticed by a ping every 3.5 s.',
    {
      default: byDefault,
      minimum: 100,
      maximum: HOUR_MS,
    },
  );

const pollInterval = (of: string, byDefault: number) =>
  integer(`Milliseconds between looks for ${of}.`, { default: byDefault, minimum: 10, maximum: HOUR_MS });

/** `[orchestration.hybrid]` */
export const hybridSchema = section('Hybrid: notifications first, polling while they fail.', {
  enable_event_listeners: flag('Whether to listen; without it Hybrid only polls.', true),
  listener_reconnect_interval_ms: reconnectInterval(5_000),
  listener_health_check_interval_ms: healthCheckInterval(30_000),
  enable_polling_fallback: flag('Whether to poll while the listener is down or lags.', true),
  polling_interval_ms: pollInterval(
    'work while polling stands in; else one look at all queues is due 800 ms later, unless a ping was answered meanwhile',
    1_000,
  ),
  fallback_activation_threshold_ms: integer(
    'Milliseconds of lag in the last probe above which polling stands in; for a listener that is down it does at once.',
    { default: 5_000, minimum: 0, maximum: HOUR_MS },
  ),
});

/** `[orchestration.event_driven]` */
export const eventDrivenSchema = section('EventDrivenOnly: notifications alone.', {
  listener_reconnect_interval_ms: reconnectInterval(2_000),
  listener_health_check_interval_ms: healthCheckInterval(15_000),
  max_reconnect_attempts: integer('Failed attempts in a row after which the process gives up; 0 means never.', {
    default: 10,
    minimum: 0,
    maximum: 1_000_000,
  }),
  channels: list(
    'Channels to listen to, pgmq_message_ready.orchestration among them; * stands for every namespace that has a queue.',
    {
      default: ['pgmq_message_ready.orchestration', 'pgmq_message_ready.*', 'pgmq_queue_created'],
      ...CHANNEL,
    },
  ),
  listener_pool_size: integer(
    'Connections that listen, at the most; each holds 50 channels before the next one is opened.',
    {
      default: 5,
      minimum: 1,
      maximum: 100,
    },
  ),
  connection_timeout_ms: integer('Milliseconds that connecting the listener may take.', {
    default: 5_000,
    minimum: 100,
    maximum: 10 * MINUTE_MS,
  }),
});

/** `[orchestration.polling]` */
export const pollingSchema = section('PollingOnly: looks at intervals, without LISTEN.', {
  task_request_poll_interval_ms: pollInterval('task requests', 1_000),
  step_result_poll_interval_ms: pollInterval('results of steps', 500),
  finalization_poll_interval_ms: pollInterval('due retries, ended leases and tasks to finalize', 2_000),
  batch_size: integer('Messages per query and transaction.', { default: 10, minimum: 1, maximum: 1_000 }),
  max_messages_per_poll: integer('Messages per look at the most; the rest waits for the next one.', {
    default: 100,
    minimum: 1,
    maximum: 100_000,
  }),
  error_backoff_base_ms: integer('Milliseconds to wait after a look that failed.', {
    default: 1_000,
    minimum: 10,
    maximum: HOUR_MS,
  }),
  error_backoff_max_ms: integer('Milliseconds to wait after many failures in a row, at the most.', {
    default: 30_000,
    minimum: 10,
    maximum: DAY_MS,
  }),
  error_backoff_multiplier: number('By how much the wait grows with each failure in a row.', {
    default: 2,
    minimum: 1,
    maximum: 100,
  }),
});
