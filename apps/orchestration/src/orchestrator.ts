import { hostname } from 'node:os';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import { createGrpcHost, createHttpHost, type GrpcHost, type GrpcHostOptions } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import {
  createOperatorStore,
  createPool,
  createTaskReader,
  nameOrchestratorSession,
  requireSchema,
  type TaskChanges,
  warmPool,
} from '@tasker/store';
import { createMetrics, createTracing, type Logger, type Metrics, observePool, type Tracing } from '@tasker/telemetry';
import type { Pool } from 'pg';
import { toSafeConfig } from './api/safe-config';
import { type ComposedEngine, composeEngine, toRetryPolicy } from './compose-engine';
import { type Api, createApi } from './create-api';
import { createBreakers } from './create-breakers';
import { composeHealth } from './health/compose-health';
import { describeEngine } from './health/describe-engine';
import { observeOpenTasks, observeQueues } from './observe-database';
import { observeEngine, observeExecutorPools } from './observe-engine';

/** How to run an orchestrator. */
export interface OrchestratorOptions {
  readonly settings: Settings;
  /** Whose overrides of a template are applied when it is registered. */
  readonly environment: string;
  readonly logger: Logger;
  /** Name that signs this process's transitions. @default orchestrator-<host>-<pid> */
  readonly processorId?: string;
  /** The process is of no use any more: stop it. @default logs it only */
  readonly onFailed?: (problem: Error) => void;
  /** By which tasks are followed. @default those of the database */
  readonly taskChanges?: TaskChanges;
}

/** A running orchestrator. */
export interface Orchestrator extends Service {
  /** Base URL of its REST API, once started. */
  readonly url: string;
  /** `host:port` of its gRPC server, once started; null without one. */
  readonly grpcTarget: string | null;
}

function createTracer({ tracing }: Settings['telemetry'], logger: Logger): Tracing | null {
  const { enabled, endpoint, sample_ratio: sampleRatio, service_name: name } = tracing;
  return createTracing({ enabled, endpoint, sampleRatio, serviceName: name || 'tasker-orchestration', logger });
}

function openPool({ database }: Settings, processorId: string, logger: Logger): Pool {
  return createPool({
    settings: database,
    maxConnections: database.max_connections,
    applicationName: nameOrchestratorSession(processorId),
    onIdleLost: (error) => logger.warn('idle database connection lost', { component: 'pool', error }),
  });
}

/** Feeds the gauges that are read rather than counted. */
function observeGauges(metrics: Metrics, pool: Pool, { database, pools, messaging }: ComposedEngine): void {
  observePool(metrics, pool);
  observeOpenTasks(metrics, createTaskReader(database));
  observeQueues(metrics, messaging.readStats);
  observeExecutorPools(metrics, pools);
}

function createGrpc(
  { grpc }: Settings['orchestration'],
  { services }: Api,
  shared: Pick<GrpcHostOptions, 'metrics' | 'logger' | 'tracing' | 'health' | 'limits'>,
): GrpcHost | null {
  if (!grpc.enabled) return null;
  const { bind_address: bind, enable_reflection: reflection, enable_health_service: hasHealth } = grpc;
  return createGrpcHost({ ...shared, bind, services, reflection, health: hasHealth ? shared.health : null });
}

/** Composes an orchestrator: intake, results, recovery and the API, REST and gRPC, over one database. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const { settings, environment, logger } = options;
  const { orchestration, telemetry } = settings;
  const processorId = options.processorId ?? `orchestrator-${hostname()}-${process.pid}`;
  const mode = orchestration.deployment_mode;
  const pool = openPool(settings, processorId, logger);
  const metrics = createMetrics({ process: 'orchestration', processMetrics: telemetry.metrics.process_metrics });
  const breakers = createBreakers(settings, metrics, logger);
  const observer = observeEngine(metrics, logger, mode);
  const tracing = createTracer(telemetry, logger);
  const composed = composeEngine({
    settings,
    pool,
    breakers,
    processorId,
    metrics,
    observer,
    logger,
    onGivenUp(problem) {
      logger.error('the listener gave up, and this mode has nothing else', {
        component: 'listener',
        mode,
        error: problem,
      });
      options.onFailed?.(problem);
    },
  });
  const { database, engine, pools, messaging, notifier } = composed;
  const { monitor, health } = composeHealth({
    settings: orchestration.health,
    database,
    provider: messaging.provider,
    reader: createTaskReader(database),
    breakers,
    pool,
    engine: (depths) => describeEngine({ deploymentMode: mode, engine, pools, depths }),
    metrics,
    logger,
    environment,
  });
  observeGauges(metrics, pool, composed);
  const api = createApi({
    database,
    intake: composed.intake,
    operator: messaging.relayed(createOperatorStore(database)),
    templates: composed.templates,
    onRegistered: composed.cache.clear,
    onSettled(task) {
      observer.onSettled(task);
      engine.noteSettled();
    },
    defaultMaxAttempts: toRetryPolicy(orchestration).maxAttempts,
    environment,
    config: toSafeConfig(settings, environment),
    health,
    changes: options.taskChanges ?? composed.changes,
  });
  const limits = { stopDeadlineMs: orchestration.shutdown_timeout_ms };
  const shared = { logger, metrics, health, tracing, limits };
  const http = createHttpHost({ ...shared, bind: orchestration.web.bind_address, routes: api.routes });
  const grpc = createGrpc(orchestration, api, shared);

  const stack = createStack();
  const service = createService({
    name: 'orchestrator',
    async start(signal) {
      stack.defer(async () => tracing?.stop());
      stack.defer(() => pool.end());
      stack.defer(async () => composed.changes[Symbol.asyncDispose]());
      stack.defer(() => notifier.stop());
      try {
        await requireSchema(pool);
        await warmPool(pool);
        await stack.start(messaging.outgoing, signal);
        await stack.start(engine, signal);
        await stack.start(messaging.incoming, signal);
        await stack.start(monitor, signal);
        await stack.start(http, signal);
        if (grpc !== null) await stack.start(grpc, signal);
      } catch (error) {
        await stack.stop();
        throw error;
      }
      logger.info('orchestrator started', { component: 'orchestrator', processorId, mode, environment, url: http.url });
    },
    stop: () => stack.stop(),
  });
  return {
    ...service,
    get url() {
      return http.url;
    },
    get grpcTarget() {
      return grpc?.target ?? null;
    },
  };
}
