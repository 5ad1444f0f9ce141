import { choice, flag, integer, section } from '@tasker/config';
import { eventDrivenSchema, hybridSchema, pollingSchema } from './deployment';
import { DAY_MS, DAY_S, HOUR_MS } from './durations';
import { DEPLOYMENT_MODES } from './forms';
import { grpcSchema, webSchema } from './servers';

const workerEvents = section('Wake-ups of workers.', {
  enable_worker_listeners: flag(
    'Whether workers listen; without it they poll in Hybrid too, and EventDrivenOnly is refused.',
    true,
  ),
  worker_listener_reconnect_ms: integer(
    "Milliseconds between attempts to connect a worker's listener again, at the most; the first come sooner.",
    { default: 5_000, minimum: 100, maximum: HOUR_MS },
  ),
});

const health = section('When a process calls itself unhealthy.', {
  health_check_interval_ms: integer('Milliseconds between checks.', {
    default: 30_000,
    minimum: 100,
    maximum: HOUR_MS,
  }),
  unhealthy_threshold: integer('Failed checks in a row that make it unhealthy.', {
    default: 3,
    minimum: 1,
    maximum: 1_000,
  }),
  recovery_threshold: integer('Good checks in a row that make it healthy again.', {
    default: 2,
    minimum: 1,
    maximum: 1_000,
  }),
});

const retry = section('Retries of steps whose template is silent.', {
  max_attempts: integer('Attempts in all, the first included.', { default: 3, minimum: 1, maximum: 100 }),
  backoff: choice('How the delay grows from attempt to attempt.', {
    default: 'exponential',
    enum: ['none', 'linear', 'exponential', 'fibonacci'],
  }),
  backoff_base_ms: integer('Milliseconds of delay after the first attempt.', {
    default: 1_000,
    minimum: 0,
    maximum: DAY_MS,
  }),
  max_backoff_ms: integer('Milliseconds of delay at the most.', { default: 30_000, minimum: 0, maximum: 30 * DAY_MS }),
});

/** `[orchestration]` */
export const orchestrationSchema = section('Orchestration: intake, results, recovery and the API.', {
  deployment_mode: choice(
    'How it hears of work: by notifications with polling as a fallback, by notifications alone, or by polling alone.',
    { default: 'Hybrid', enum: DEPLOYMENT_MODES },
  ),
  max_concurrent_tasks: integer('Tasks in progress at once; further ones wait in pending. 0 means no limit.', {
    default: 0,
    minimum: 0,
    maximum: 100_000_000,
  }),
  task_timeout_seconds: integer('Seconds after which a task that is not over ends in error. 0 means never.', {
    default: 0,
    minimum: 0,
    maximum: 365 * DAY_S,
  }),
  shutdown_timeout_ms: integer('Milliseconds that work in progress may take when the process stops.', {
    default: 30_000,
    minimum: 0,
    maximum: HOUR_MS,
  }),
  hybrid: hybridSchema,
  event_driven: eventDrivenSchema,
  polling: pollingSchema,
  worker_events: workerEvents,
  health,
  web: webSchema(8080),
  grpc: grpcSchema(9190),
  retry,
});
