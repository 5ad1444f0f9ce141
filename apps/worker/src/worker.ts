import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import type { WakeupListener } from '@tasker/messaging/pgmq';
import { createGrpcHost, createHttpHost, type GrpcHostOptions, type HealthSource } from '@tasker/service-host';
import { guardDatabase, requireSchema } from '@tasker/store';
import { createMetrics, type Logger, observePool, type Tracing } from '@tasker/telemetry';
import { type BaseResolver, type Handler, HandlerRegistry } from '@tasker/worker-sdk';
import { Pool } from 'pg';
import { createWorkerApi, type WorkerApi } from './create-api';
import { createStore } from './create-store';
import { createCheckedHealth } from './health/create-checked-health';
import { createHealth } from './health/create-health';
import { type OutageSettings, watchDatabase } from './health/watch-database';
import { listenForSteps } from './listen-for-steps';
import { observeHeldSteps, observeWorker } from './observe-worker';
import { observeWorkerStore } from './observe-worker-store';
import type { WakeupMode } from './step-wakeups';
import { createStepTracer } from './trace-step';
import { createWorkerRuntime, type WorkerStatus, workerQueueName } from './worker-runtime';
import { DEFAULT_TUNING, type WorkerTuning } from './worker-tuning';

/** How to run a worker. */
export interface WorkerOptions extends OutageSettings {
  readonly databaseUrl: string;
  /** Direct connection for LISTEN, when `databaseUrl` goes through a pooler. @default databaseUrl */
  readonly listenUrl?: string;
  /** `host:port`; port 0 takes a free one. */
  readonly bindAddress: string;
  readonly namespaces: readonly string[];
  readonly handlers: readonly Handler[];
  /** Resolvers of your own, asked along with those for names and classes. */
  readonly resolvers?: readonly BaseResolver[];
  readonly logger: Logger;
  /** Name that holds leases. @default <host>-<pid>-<random> */
  readonly workerId?: string;
  /** @default Hybrid */
  readonly mode?: WakeupMode;
  /** Connections at the most, without the one that listens. @default 6 */
  readonly maxConnections?: number;
  /** How long a statement waits for a connection, in milliseconds. @default 5_000 */
  readonly connectionTimeoutMs?: number;
  readonly tuning?: Partial<WorkerTuning>;
  /** Whether CPU, memory, event loop and garbage collection of the process are among the metrics. @default true */
  readonly processMetrics?: boolean;
  /** Records a span for each attempt and each request; its caller stops it. @default none */
  readonly tracing?: Tracing | null;
  /** Name of the environment, shown in health and configuration. @default development */
  readonly environment?: string;
  /** Where gRPC is served, and with what besides the services. @default no gRPC */
  readonly grpc?: GrpcOptions | null;
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

/** A running worker. */
export interface Worker extends Service {
  readonly workerId: string;
  /** Base URL of its HTTP server, once started. */
  readonly url: string;
  /** `host:port` of its gRPC server, once started; null without one. */
  readonly grpcTarget: string | null;
  status(): WorkerStatus;
}

/**
 * Composes a worker: claims steps of its namespaces, runs their handlers and reports the results. Stops gracefully: see
 * `WorkerTuning`.
 * @throws {DuplicateHandlerError} when two handlers have one name
 */
export function createWorker(options: WorkerOptions): Worker {
  const { databaseUrl, listenUrl = databaseUrl, namespaces, logger, mode = 'Hybrid', tracing = null } = options;
  const workerId = options.workerId ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const registry = createRegistry(options);
  const pool = new Pool({
    connectionString: databaseUrl,
    max: options.maxConnections ?? 6,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 5_000,
    application_name: `tasker-worker-${workerId}`.slice(0, 63),
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn('idle database connection lost', { error: error.message }));

  const metrics = createMetrics({ process: 'worker', processMetrics: options.processMetrics ?? true });
  const observer = observeWorker(metrics, logger, mode);
  observePool(metrics, pool);
  const { breaker, monitor } = watchDatabase(pool, options, { metrics, logger });
  const store = createStore(pool, breaker);
  let listener: WakeupListener | null = null;
  const runtime = createWorkerRuntime({
    store: observeWorkerStore(metrics, store),
    registry,
    namespaces,
    workerId,
    logger,
    mode,
    observer,
    traceStep: tracing === null ? null : createStepTracer(tracing),
    tuning: options.tuning ?? {},
    createListener: (events) => {
      listener = listenForSteps(
        {
          connectionString: listenUrl,
          queues: namespaces.map(workerQueueName),
          startInBackground: mode === 'Hybrid',
          logger,
          onStateChange(state) {
            observer.onListenerState(state);
            // Its new connection is a sign that the database is back.
            if (state.healthy) breaker.allowTrial();
          },
          onNotification: observer.onNotification,
        },
        events,
      );
      return listener;
    },
  });
  observeHeldSteps(metrics, options.tuning?.maxConcurrent ?? DEFAULT_TUNING.maxConcurrent, runtime.status);
  metrics.onScrape(() => {
    const lagMs = listener?.state.roundTripMs ?? null;
    if (lagMs !== null) observer.onListenerLag(lagMs);
  });
  const { environment = 'development' } = options;
  const sources = { monitor, breakers: { database: breaker }, runtime, workerId, pool, environment };
  const health = createCheckedHealth(createHealth(sources), sources);
  const database = guardDatabase(pool, breaker);
  const api = createWorkerApi({ database, registry, health, workerId, environment, namespaces });
  const shared = { logger, metrics, health, tracing };
  const http = createHttpHost({ ...shared, bind: options.bindAddress, routes: api.routes });
  const grpc = options.grpc ? composeGrpc(options.grpc, api, shared) : null;

  const stack = createStack();
  const service = createService({
    name: 'worker process',
    async start(signal) {
      stack.defer(() => pool.end());
      try {
        await requireSchema(pool);
        await store.ensureQueues(namespaces.map(workerQueueName));
        await stack.start(monitor, signal);
        await stack.start(http, signal);
        if (grpc !== null) await stack.start(grpc, signal);
        await stack.start(runtime, signal);
      } catch (error) {
        await stack.stop();
        throw error;
      }
      logger.info('worker started', { workerId, namespaces, mode, handlers: registry.names(), url: http.url });
    },
    stop: () => stack.stop(),
  });
  return {
    ...service,
    workerId,
    status: () => runtime.status(),
    get url() {
      return http.url;
    },
    get grpcTarget() {
      return grpc?.target ?? null;
    },
  };
}

function composeGrpc(
  { bindAddress, reflection, health }: GrpcOptions,
  { services }: WorkerApi,
  shared: Pick<GrpcHostOptions, 'metrics' | 'logger' | 'tracing'> & { readonly health: HealthSource },
) {
  return createGrpcHost({ ...shared, bind: bindAddress, services, reflection, health: health ? shared.health : null });
}

function createRegistry({ handlers, resolvers = [] }: WorkerOptions): HandlerRegistry {
  const registry = new HandlerRegistry();
  for (const handler of handlers) registry.register(handler);
  for (const resolver of resolvers) registry.addResolver(resolver);
  return registry;
}
