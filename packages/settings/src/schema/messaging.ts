import { choice, integer, section } from '@tasker/config';
import { DAY_S, MINUTE_MS } from './durations';

/** `[messaging]` */
export const messagingSchema = section('Where messages wait.', {
  backend: choice('What keeps the queues: pgmq is the database itself.', { default: 'pgmq', enum: ['pgmq'] }),
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
