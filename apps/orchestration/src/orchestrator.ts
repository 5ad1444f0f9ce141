import { hostname } from 'node:os';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import { PgmqProvider, WakeupNotifier } from '@tasker/messaging/pgmq';
import { createHttpHost } from '@tasker/service-host';
import {
  createOperatorStore,
  createOrchestrationStore,
  createTaskReader,
  createTemplateStore,
  requireSchema,
} from '@tasker/store';
import { createMetrics, type Logger, type Metrics } from '@tasker/telemetry';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@tasker/workflow';
import { Pool } from 'pg';
import { createOrchestrationEngine, type EngineObserver } from './engine/orchestration-engine';
import { createHealth } from './http/health';
import { createStepRoutes } from './http/step-routes';
import { createTaskRoutes } from './http/task-routes';
import { createTemplateRoutes } from './http/template-routes';
import { createTaskIntake } from './intake/task-intake';
import { createTemplateCache } from './intake/template-cache';
import { observeEngine, observeOpenTasks, observePool } from './observe-engine';

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
}

/** A running orchestrator. */
export interface Orchestrator extends Service {
  /** Base URL of its REST API, once started. */
  readonly url: string;
}

type Settled = Required<OrchestratorOptions>;

function settle(options: OrchestratorOptions): Settled {
  return {
    listenUrl: options.databaseUrl,
    processorId: `orchestrator-${hostname()}-${process.pid}`,
    maxConnections: 10,
    environment: 'development',
    retryDefaults: DEFAULT_RETRY_POLICY,
    ...options,
  };
}

function createPool({ databaseUrl, maxConnections, processorId, logger }: Settled): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    application_name: processorId,
    keepAlive: true,
  });
  return pool.on('error', (error) => logger.warn('idle database connection lost', { component: 'pool', error }));
}

/** The engine with what feeds it: it starts provider, then engine, and stops them the other way round. */
function composeEngine(settings: Settled, pool: Pool, metrics: Metrics, observer: EngineObserver) {
  const { listenUrl, retryDefaults, processorId, logger } = settings;
  const store = createOrchestrationStore(pool, processorId);
  const templates = createTemplateCache(createTemplateStore(pool));
  const notifier = new WakeupNotifier({ client: pool, logger });
  const provider = new PgmqProvider({ pool, logger, install: false });
  const intake = createTaskIntake({
    store,
    templates,
    wakeWorkers: (namespace) => notifier.notify(`worker_${namespace}_queue`),
    onCreated: (namespace, count) => metrics.increment('tasker_tasks_created_total', { namespace }, count),
    defaultMaxAttempts: retryDefaults.maxAttempts,
  });
  const engine = createOrchestrationEngine({ store, intake, provider, listenUrl, retryDefaults, observer, logger });
  return { notifier, provider, templates, intake, engine };
}

/** Composes an orchestrator: intake, results, recovery and the REST API over one database. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const settings = settle(options);
  const { bindAddress, environment, logger, processorId } = settings;
  const pool = createPool(settings);
  const metrics = createMetrics();
  const reader = createTaskReader(pool);
  const operator = createOperatorStore(pool);
  const observer = observeEngine(metrics, logger);
  const { onSettled } = observer;
  const { notifier, provider, templates, intake, engine } = composeEngine(settings, pool, metrics, observer);
  observePool(metrics, pool);
  observeOpenTasks(metrics, reader);
  const http = createHttpHost({
    bind: bindAddress,
    logger,
    metrics,
    health: createHealth(pool, engine),
    routes: [
      createTaskRoutes({ intake, reader, operator, onSettled, defaultMaxAttempts: settings.retryDefaults.maxAttempts }),
      createStepRoutes({ reader, operator, onSettled }),
      createTemplateRoutes({ templates: createTemplateStore(pool), environment, onRegistered: templates.clear }),
    ],
  });

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
        await stack.start(http, signal);
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
  };
}
