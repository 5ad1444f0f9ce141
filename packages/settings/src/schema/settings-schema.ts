import { section, type ValuesOf } from '@tasker/config';
import { circuitBreakersSchema } from './circuit-breakers';
import { databaseSchema } from './database';
import { executorPoolsSchema } from './executor-pools';
import { messagingSchema, pgmqSchema, rabbitMqSchema } from './messaging';
import { orchestrationSchema } from './orchestration';
import { telemetrySchema } from './telemetry';
import { workerSchema } from './worker';

/** The JSON schema of the whole configuration, by the names that the files use. */
export const SETTINGS_SCHEMA = section('The configuration of Tasker.', {
  database: databaseSchema,
  orchestration: orchestrationSchema,
  worker: workerSchema,
  circuit_breakers: circuitBreakersSchema,
  executor_pools: executorPoolsSchema,
  messaging: messagingSchema,
  pgmq: pgmqSchema,
  rabbitmq: rabbitMqSchema,
  telemetry: telemetrySchema,
});

/** Every value of the configuration, nested and named as in the files. */
export type Settings = ValuesOf<typeof SETTINGS_SCHEMA>;

/** How processes hear of work. */
export type DeploymentMode = Settings['orchestration']['deployment_mode'];
