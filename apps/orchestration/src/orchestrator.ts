import { hostname } from 'node:os';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import { PgmqProvider, readAllQueueStats, WakeupNotifier } from '@tasker/messaging/pgmq';
import { createGrpcHost, createHttpHost, type GrpcHostOptions, type HealthSource } from '@tasker/service-host';
import {
  createOperatorStore,
  createOrchestrationStore,
  createTaskReader,
  createTemplateStore,
  type Database,
  guardDatabase,
  nameOrchestratorSession,
  requireSchema,
  type TaskChanges,
} from '@tasker/store';
import { createMetrics, type Logger, type Metrics, observePool, type Tracing } from '@tasker/telemetry';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@tasker/workflow';
import { Pool } from 'pg';
import { toSafeConfig } from './api/safe-config';
import { type Api, createApi } from './create-api';
import { type Breakers, type CircuitBreakerSettings, createBreakers } from './create-breakers';
import { createOrchestrationEngine } from './engine/orchestration-engine';
import { composeHealth, type HealthCheckSettings } from './health/compose-health';
import { describeEngine } from './health/describe-engine';
import { watchStore } from './health/watch-store';
import type { WorkDepths } from './health/work-depths';
import { createQueryCache, type QueryCacheOptions } from './intake/query-cache';
import { TEMPLATE_REGISTERED_CHANNEL } from './intake/registration-channel';
import { createTaskIntake } from './intake/task-intake';
import { cacheTemplates, createTemplateCache } from './intake/template-cache';
import { observeOpenTasks, observeQueues } from './observe-database';
import { type OrchestrationObserver, observeEngine, observeStore } from './observe-engine';

/** How to run an orchestrator. */
export interface OrchestratorOptions {
  readonly databaseUrl: string;
  /** Direct connection for LISTEN, when `databaseUrl` goes through a pooler. @default databaseUrl */
  readonly listenUrl?: string;
  /** `host:port`; port 0 takes a free one. */
  readonly bindAddress: string;
  readonly logger: Logger;
  /** Name that signs this process's transitions. @default orchestrator-<host>-<pid> */
  readonly processorId?: string;
  /** Connections at the most. @default 10 */
  readonly maxConnections?: number;
  /** Whose overrides of a template are applied when it is registered. @default development */
  readonly environment?: string;
  /** For steps whose template is silent. @default 3 attempts, exponential from 1 s to 30 s */
  readonly retryDefaults?: RetryPolicy;
  /** How long a statement waits for a connection, in milliseconds. @default 5_000 */
  readonly connectionTimeoutMs?: number;
  readonly circuitBreakers?: CircuitBreakerSettings;
  /** @default every 30 s; unhealthy after 3 failed checks, healthy after 2 good ones */
  readonly healthChecks?: HealthCheckSettings;
  /** For templates. @default 500 answers for 300 s */
  readonly queryCache?: Pick<QueryCacheOptions, 'enabled' | 'maxSize' | 'ttlMs'>;
  /** Whether CPU, memory, event loop and garbage collection of the process are among the metrics. @default true */
  readonly processMetrics?: boolean;
  /** Records a span for each request; its caller stops it. @default none */
  readonly tracing?: Tracing | null;
  /** Where gRPC is served, and with what besides the services. @default no gRPC */
  readonly grpc?: GrpcOptions | null;
  /** By which tasks are followed. @default they cannot be */
  readonly taskChanges?: TaskChanges | null;
}

/** How gRPC is served. */
export interface GrpcOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly bindAddress: string;
  /** Whether the server describes its services to tools. */
  readonly reflection: boolean;
  /** Whether `grpc.health.v1.Health` is served. */
  readonly health: boolean;
}

/** A running orchestrator. */
export interface Orchestrator extends Service {
  /** Base URL of its REST API, once started. */
  readonly url: string;
  /** `host:port` of its gRPC server, once started; null without one. */
  readonly grpcTarget: string | null;
}

type Settled = Required<OrchestratorOptions>;

function settle(options: OrchestratorOptions): Settled {
  return {
    listenUrl: options.databaseUrl,
    processorId: `orchestrator-${hostname()}-${process.pid}`,
    maxConnections: 10,
    environment: 'development',
    retryDefaults: DEFAULT_RETRY_POLICY,
    connectionTimeoutMs: 5_000,
    circuitBreakers: {},
    healthChecks: {},
    queryCache: {},
    processMetrics: true,
    tracing: null,
    grpc: null,
    taskChanges: null,
    ...options,
  };
}

function createPool({ databaseUrl, maxConnections, connectionTimeoutMs, processorId, logger }: Settled): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    connectionTimeoutMillis: connectionTimeoutMs,
    application_name: nameOrchestratorSession(processorId),
    keepAlive: true,
  });
  return pool.on('error', (error) => logger.warn('idle database connection lost', { component: 'pool', error }));
}

/** Templates as the API reads them and as intake needs them, in one cache. */
function composeTemplates(settings: Settled, database: Database, metrics: Metrics, hearsOfChanges: () => boolean) {
  const cache = createQueryCache({
    ...settings.queryCache,
    hearsOfChanges,
    onRead: (result) => metrics.increment('tasker_query_cache_requests_total', { result }),
  });
  const store = createTemplateStore(database);
  return { cache, templates: cacheTemplates(store, cache), prepared: createTemplateCache(store, cache) };
}

/** The engine with what feeds it: it starts provider, then engine, and stops them the other way round. */
function composeEngine(
  settings: Settled,
  pool: Pool,
  breakers: Breakers,
  metrics: Metrics,
  observer: OrchestrationObserver,
) {
  const { listenUrl, retryDefaults, processorId, maxConnections, logger } = settings;
  const database = guardDatabase(pool, breakers.database);
  const watched = watchStore(observeStore(metrics, createOrchestrationStore(database, processorId)));
  const { store } = watched;
  const hearsOfChanges = () => engine.listener.healthy;
  const { cache, templates, prepared } = composeTemplates(settings, database, metrics, hearsOfChanges);
  const notifier = new WakeupNotifier({ client: database, logger });
  const provider = new PgmqProvider({ pool: guardDatabase(pool, breakers.messageQueue), logger, install: false });
  const intake = createTaskIntake({
    store,
    templates: prepared,
    wakeWorkers: (namespace) => notifier.notify(`worker_${namespace}_queue`),
    onCreated: (namespace, count) => metrics.increment('tasker_tasks_created_total', { namespace }, count),
    defaultMaxAttempts: retryDefaults.maxAttempts,
  });
  const engine = createOrchestrationEngine({
    store,
    intake,
    provider,
    listenUrl,
    retryDefaults,
    logger,
    otherChannels: new Map([[TEMPLATE_REGISTERED_CHANNEL, cache.clear]]),
    observer: {
      ...observer,
      onListenerState(state) {
        observer.onListenerState(state);
        // Its new connection is a sign that the database is back.
        if (state.healthy) for (const breaker of Object.values(breakers)) breaker.allowTrial();
        // Registrations may have gone unheard before a connection, and will after its loss.
        cache.clear();
      },
    },
  });
  const status = (depths: WorkDepths) => describeEngine({ listener: engine.listener, watched, depths, maxConnections });
  return { database, notifier, provider, templates, cache, intake, engine, status };
}

function composeGrpc(
  { bindAddress, reflection, health }: GrpcOptions,
  { services }: Api,
  shared: Pick<GrpcHostOptions, 'metrics' | 'logger' | 'tracing'> & { readonly health: HealthSource },
) {
  return createGrpcHost({ ...shared, bind: bindAddress, services, reflection, health: health ? shared.health : null });
}

/** Composes an orchestrator: intake, results, recovery and the API, REST and gRPC, over one database. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const settings = settle(options);
  const { bindAddress, environment, logger, processorId } = settings;
  const pool = createPool(settings);
  const metrics = createMetrics({ process: 'orchestration', processMetrics: settings.processMetrics });
  const breakers = createBreakers(settings.circuitBreakers, metrics, logger);
  const observer = observeEngine(metrics, logger, 'Hybrid');
  const composed = composeEngine(settings, pool, breakers, metrics, observer);
  const { database, notifier, provider, templates, cache, intake, engine, status } = composed;
  const reader = createTaskReader(database);
  const { monitor, health } = composeHealth({
    settings: settings.healthChecks,
    database,
    provider,
    reader,
    breakers,
    pool,
    engine: status,
    metrics,
    logger,
    environment,
  });
  observePool(metrics, pool);
  observeOpenTasks(metrics, reader);
  observeQueues(metrics, () => readAllQueueStats(database));
  metrics.onScrape(() => {
    const { roundTripMs } = engine.listener;
    if (roundTripMs !== null) observer.onListenerLag(roundTripMs);
  });
  const api = createApi({
    database,
    intake,
    operator: createOperatorStore(database),
    templates,
    onRegistered: cache.clear,
    onSettled: observer.onSettled,
    defaultMaxAttempts: settings.retryDefaults.maxAttempts,
    environment,
    config: toSafeConfig(settings),
    health,
    changes: settings.taskChanges,
  });
  const shared = { logger, metrics, health, tracing: settings.tracing };
  const http = createHttpHost({ ...shared, bind: bindAddress, routes: api.routes });
  const grpc = settings.grpc === null ? null : composeGrpc(settings.grpc, api, shared);

  const stack = createStack();
  const service = createService({
    name: 'orchestrator',
    async start(signal) {
      stack.defer(() => pool.end());
      stack.defer(() => notifier.stop());
      stack.defer(() => provider.stop());
      try {
        await requireSchema(pool);
        await provider.start(signal);
        await stack.start(engine, signal);
        await stack.start(monitor, signal);
        await stack.start(http, signal);
        if (grpc !== null) await stack.start(grpc, signal);
      } catch (error) {
        await stack.stop();
        throw error;
      }
      logger.info('orchestrator started', { component: 'orchestrator', processorId, url: http.url });
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
