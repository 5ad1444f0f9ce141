import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import { createGrpcHost, createHttpHost, type GrpcHost, type GrpcHostOptions } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { createPool, guardDatabase, requireSchema, warmPool } from '@tasker/store';
import { createMetrics, createTracing, type Logger, observePool, type Tracing } from '@tasker/telemetry';
import { type BaseResolver, type Handler, HandlerRegistry } from '@tasker/worker-sdk';
import { composeMessaging } from './compose-messaging';
import { createWorkerApi, type WorkerApi } from './create-api';
import { createStore } from './create-store';
import { createCheckedHealth } from './health/create-checked-health';
import { createHealth } from './health/create-health';
import { createDatabaseBreaker, watchComponents } from './health/watch-components';
import { listenForSteps, wantsListener } from './listen-for-steps';
import { observeHeldSteps, observeWorker, type ProcessObserver } from './observe-worker';
import { observeWorkerStore } from './observe-worker-store';
import type { StepListener, WakeupEvents } from './step-wakeups';
import { toTuning } from './to-tuning';
import { createStepTracer } from './trace-step';
import { createWorkerRuntime, type WorkerStatus, workerQueueName } from './worker-runtime';

/** How to run a worker. */
export interface WorkerOptions {
  readonly settings: Settings;
  /** Name of the environment, shown in health and configuration. */
  readonly environment: string;
  /** Served namespaces. @default those of `worker.namespaces` */
  readonly namespaces?: readonly string[];
  readonly handlers: readonly Handler[];
  /** Resolvers of your own, asked along with those for names and classes. */
  readonly resolvers?: readonly BaseResolver[];
  readonly logger: Logger;
  /** Name that holds leases. @default <host>-<pid>-<random> */
  readonly workerId?: string;
  /** The process is of no use any more: stop it. @default logs it only */
  readonly onFailed?: (problem: Error) => void;
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
  const { settings, environment, logger } = options;
  const { worker, telemetry } = settings;
  const mode = worker.deployment_mode;
  const namespaces = [...new Set(options.namespaces ?? worker.namespaces)];
  const workerId = options.workerId ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const registry = createRegistry(options);
  const tracing = createTracer(telemetry, logger);
  const pool = createPool({
    settings: settings.database,
    maxConnections: worker.database.max_connections,
    applicationName: `tasker-worker-${workerId}`,
    onIdleLost: (error) => logger.warn('idle database connection lost', { error }),
  });
  const metrics = createMetrics({ process: 'worker', processMetrics: telemetry.metrics.process_metrics });
  const observer = observeWorker(metrics, logger, mode);
  observePool(metrics, pool);
  const breaker = createDatabaseBreaker(settings.circuit_breakers.database, { metrics, logger });
  const store = createStore(pool, breaker);
  const tuning = toTuning(worker);
  const database = guardDatabase(pool, breaker);
  const messaging = composeMessaging({
    settings,
    queues: namespaces.map(workerQueueName),
    maxConcurrent: tuning.maxConcurrent,
    database,
    workerId,
    metrics,
    logger,
    onSteps: (queueName) => runtime.wake(queueName),
  });
  const monitor = watchComponents({
    database,
    checkBroker: messaging.checkBroker,
    settings: settings.orchestration.health,
    metrics,
    logger,
  });
  const runtime = createWorkerRuntime({
    store: observeWorkerStore(metrics, messaging.feed(store)),
    registry,
    namespaces,
    workerId,
    logger,
    mode,
    observer,
    traceStep: tracing === null ? null : createStepTracer(tracing),
    tuning,
    pollsBesideListener: settings.orchestration.hybrid.enable_polling_fallback,
    onAnnounced: messaging.noteAnnounced,
    createListener: (events) => createListener(events, { options, namespaces, observer, breaker }),
  });
  observeHeldSteps(metrics, tuning.maxConcurrent, runtime.status);
  const sources = { monitor, breakers: { database: breaker }, runtime, workerId, pool, environment };
  const health = createCheckedHealth(createHealth(sources), sources);
  const { backend } = settings.messaging;
  const api = createWorkerApi({ database, registry, health, workerId, environment, namespaces, backend });
  const shared = { logger, metrics, health, tracing };
  const http = createHttpHost({ ...shared, bind: worker.web.bind_address, routes: api.routes });
  const grpc = createGrpc(worker.grpc, api, shared);

  const stack = createStack();
  const service = createService({
    name: 'worker process',
    async start(signal) {
      stack.defer(async () => tracing?.stop());
      stack.defer(() => pool.end());
      try {
        await requireSchema(pool);
        await warmPool(pool);
        await store.ensureQueues(namespaces.map(workerQueueName));
        await stack.start(messaging.outgoing, signal);
        await stack.start(monitor, signal);
        await stack.start(http, signal);
        if (grpc !== null) await stack.start(grpc, signal);
        await stack.start(runtime, signal);
        await stack.start(messaging.incoming, signal);
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

function createListener(
  events: WakeupEvents,
  {
    options,
    namespaces,
    observer,
    breaker,
  }: {
    readonly options: WorkerOptions;
    readonly namespaces: readonly string[];
    readonly observer: ProcessObserver;
    readonly breaker: CircuitBreaker;
  },
): StepListener | null {
  const { settings, logger, onFailed } = options;
  const { database, orchestration } = settings;
  const { deployment_mode: mode } = settings.worker;
  if (!wantsListener(mode, orchestration)) return null;
  return listenForSteps(
    {
      connectionString: database.listen_url || database.url,
      queues: namespaces.map(workerQueueName),
      mode,
      settings: orchestration,
      logger,
      onStateChange(state) {
        observer.onListenerState(state);
        // Its new connection is a sign that the database is back.
        if (state.healthy) breaker.allowTrial();
      },
      onRoundTrip: observer.onListenerLag,
      onHealth: (isHealthy) =>
        observer.onModeSwitch(isHealthy || !orchestration.hybrid.enable_polling_fallback ? 'events' : 'polling'),
      onNotification: observer.onNotification,
      onGivenUp(error) {
        logger.error('the listener gave up, and this mode has nothing else', { component: 'listener', mode, error });
        onFailed?.(error);
      },
    },
    events,
  );
}

function createTracer({ tracing }: Settings['telemetry'], logger: Logger): Tracing | null {
  const { enabled, endpoint, sample_ratio: sampleRatio, service_name: name } = tracing;
  return createTracing({ enabled, endpoint, sampleRatio, serviceName: name || 'tasker-worker', logger });
}

function createGrpc(
  grpc: Settings['worker']['grpc'],
  { services }: WorkerApi,
  shared: Pick<GrpcHostOptions, 'metrics' | 'logger' | 'tracing' | 'health'>,
): GrpcHost | null {
  if (!grpc.enabled) return null;
  const { bind_address: bind, enable_reflection: reflection, enable_health_service: hasHealth } = grpc;
  return createGrpcHost({ ...shared, bind, services, reflection, health: hasHealth ? shared.health : null });
}

function createRegistry({ handlers, resolvers = [] }: WorkerOptions): HandlerRegistry {
  const registry = new HandlerRegistry();
  for (const handler of handlers) registry.register(handler);
  for (const resolver of resolvers) registry.addResolver(resolver);
  return registry;
}
