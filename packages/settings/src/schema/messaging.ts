import { choice, integer, section, text } from '@tasker/config';
import { DAY_S, MINUTE_MS } from './durations';
import { QUEUE_PREFIX, RABBITMQ_URL } from './forms';

/** `[messaging]` */
export const messagingSchema = section('Where messages wait.', {
  backend: choice('What delivers messages: pgmq, which is the database itself, or rabbitmq.', {
    default: 'pgmq',
    enum: ['pgmq', 'rabbitmq'],
  }),
});

/** `[rabbitmq]` */
export const rabbitMqSchema = section('The message broker, where messaging.backend is rabbitmq.', {
  url: text('Where the broker is.', { default: '', 'x-secret': true, ...RABBITMQ_URL }),
  queue_prefix: text('What the names of its queues begin with, before a dot; installations may share a broker so.', {
    default: 'tasker',
    ...QUEUE_PREFIX,
  }),
  prefetch: integer('Messages that a process holds at the most, before it has room for them.', {
    default: 100,
    minimum: 1,
    maximum: 1_000,
  }),
  max_receive_count: integer('Deliveries after which a message that always fails is dead-lettered.', {
    default: 10,
    minimum: 1,
    maximum: 10_000,
  }),
  heartbeat_seconds: integer(
    'Seconds between signs of life; a broker that gives none for about three times that is lost.',
    {
      default: 10,
      minimum: 1,
      maximum: 3_600,
    },
  ),
  confirm_timeout_ms: integer('Milliseconds to wait for the confirmation of a message, which is sent again then.', {
    default: 10_000,
    minimum: 100,
    maximum: 10 * MINUTE_MS,
  }),
  resend_after_seconds: integer(
    'Seconds that a message may seem lost, its queue being empty, before it is sent again.',
    {
      default: 10,
      minimum: 1,
      maximum: DAY_S,
    },
  ),
});

/** `[pgmq]` */
export const pgmqSchema = section('Queues in the database.', {
  visibility_timeout_seconds: integer(
    'Seconds that a message stays hidden while it is worked on, before others see it.',
    {
      default: 30,
      minimum: 1,
      maximum: DAY_S,
    },
  ),
  max_receive_count: integer('Deliveries after which a message that always fails is dead-lettered.', {
    default: 10,
    minimum: 1,
    maximum: 10_000,
  }),
  wakeup_min_window_ms: integer('Milliseconds over which notifications are gathered into one, at rest.', {
    default: 10,
    minimum: 0,
    maximum: MINUTE_MS,
  }),
  wakeup_max_window_ms: integer('Milliseconds over which notifications are gathered into one, under lasting load.', {
    default: 100,
    minimum: 1,
    maximum: MINUTE_MS,
  }),
});
