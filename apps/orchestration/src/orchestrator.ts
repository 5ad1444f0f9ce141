import { hostname } from 'node:os';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import { PgmqProvider, WakeupNotifier } from '@tasker/messaging/pgmq';
import { createHttpHost } from '@tasker/service-host';
import { createOperatorStore, createOrchestrationStore, createTaskReader, createTemplateStore } from '@tasker/store';
import { createMetrics, type Logger } from '@tasker/telemetry';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '@tasker/workflow';
import { Pool } from 'pg';
import { createOrchestrationEngine } from './engine/orchestration-engine';
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
  /** For steps whose template is silent. @default 3 attempts, exponential from 1 s to 30 s */
  readonly retryDefaults?: RetryPolicy;
}

/** A running orchestrator. */
export interface Orchestrator extends Service {
  /** Base URL of its REST API, once started. */
  readonly url: string;
}

/** Composes an orchestrator: intake, results, recovery and the REST API over one database. */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const { databaseUrl, listenUrl = databaseUrl, bindAddress, logger, retryDefaults = DEFAULT_RETRY_POLICY } = options;
  const processorId = options.processorId ?? `orchestrator-${hostname()}-${process.pid}`;
  const pool = new Pool({
    connectionString: databaseUrl,
    max: options.maxConnections ?? 10,
    application_name: processorId,
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn('idle database connection lost', { component: 'pool', error }));

  const metrics = createMetrics();
  const store = createOrchestrationStore(pool, processorId);
  const reader = createTaskReader(pool);
  const operator = createOperatorStore(pool);
  const templates = createTemplateStore(pool);
  const notifier = new WakeupNotifier({ client: pool, logger });
  const provider = new PgmqProvider({ pool, listenUrl, logger, install: false });
  const defaultMaxAttempts = retryDefaults.maxAttempts;
  const intake = createTaskIntake({
    store,
    templates: createTemplateCache(templates),
    wakeWorkers: (namespace) => notifier.notify(`worker_${namespace}_queue`),
    onCreated: (namespace, count) => metrics.increment('tasker_tasks_created_total', { namespace }, count),
    defaultMaxAttempts,
  });
  const engine = createOrchestrationEngine({
    store,
    intake,
    provider,
    listenUrl,
    retryDefaults,
    observer: observeEngine(metrics, logger),
    logger,
  });
  observePool(metrics, pool);
  observeOpenTasks(metrics, reader);
  const http = createHttpHost({
    bind: bindAddress,
    logger,
    metrics,
    health: createHealth(pool, engine),
    routes: [
      createTaskRoutes({ intake, reader, operator, defaultMaxAttempts }),
      createStepRoutes({ reader, operator }),
      createTemplateRoutes(templates),
    ],
  });

  const stack = createStack();
  const service = createService({
    name: 'orchestrator',
    async start(signal) {
      stack.defer(() => pool.end());
      stack.defer(() => notifier.stop());
      await provider.start(signal);
      stack.defer(() => provider.stop());
      await stack.start(engine, signal);
      await stack.start(http, signal);
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
