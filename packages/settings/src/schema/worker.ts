import { choice, integer, list, section, text } from '@tasker/config';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations';
import { DEPLOYMENT_MODES, NAMESPACE } from './forms';
import { grpcSchema, webSchema } from './servers';

const database = section("A worker's pool of connections; the rest of [database] holds for it too.", {
  max_connections: integer('Connections of the pool at the most, without the one that listens.', {
    default: 6,
    minimum: 2,
    maximum: 1_000,
  }),
});

/** `[worker]` */
export const workerSchema = section('Workers: they claim steps, run handlers and report results.', {
  namespaces: list('Namespaces to serve.', { default: [], ...NAMESPACE }),
  template_path: text('A template, or a directory of them: without namespaces, theirs are served.', { default: '' }),
  handlers: list('Modules with handlers, or directories of them; relative to the working directory.', {
    default: [],
    'x-form': 'paths',
  }),
  deployment_mode: choice('How a worker hears of steps: see orchestration.deployment_mode.', {
    enum: DEPLOYMENT_MODES,
    'x-default-from': 'orchestration.deployment_mode',
  }),
  max_concurrent_handlers: integer('Handlers that run at once.', { default: 100, minimum: 1, maximum: 10_000 }),
  lease_ms: integer('Milliseconds that a claim lasts without renewal: how long the steps of a dead worker wait.', {
    default: 30_000,
    minimum: 3_000,
    maximum: DAY_MS,
  }),
  handler_timeout_ms: integer('Milliseconds that an attempt may take when the template of the step sets no limit.', {
    default: 60_000,
    minimum: 100,
    maximum: DAY_MS,
  }),
  shutdown_timeout_ms: integer('Milliseconds that running handlers may go on when the worker stops.', {
    default: 30_000,
    minimum: 0,
    maximum: HOUR_MS,
  }),
  polling_interval_ms: integer('Milliseconds between looks for steps while the worker polls.', {
    default: 1_000,
    minimum: 100,
    maximum: 10 * MINUTE_MS,
  }),
  web: webSchema(8081),
  grpc: grpcSchema(9191),
  database,
});
