import { WakeupNotifier } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import {
  createMaintenanceStore,
  createOrchestrationStore,
  createTaskChanges,
  createTemplateStore,
  guardDatabase,
  TASK_CHANGED_CHANNEL,
  type TaskChangeFeed,
  type TemplateStore,
} from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { RetryPolicy } from '@tasker/workflow';
import type { Pool } from 'pg';
import { type ComposedMessaging, composeMessaging } from './compose-messaging';
import type { Breakers } from './create-breakers';
import { createExecutorPools, type ExecutorPools } from './engine/executor-pools';
import { createOrchestrationEngine, type OrchestrationEngine } from './engine/orchestration-engine';
import { createQueryCache, type QueryCache } from './intake/query-cache';
import { TEMPLATE_REGISTERED_CHANNEL } from './intake/registration-channel';
import { createTaskIntake, type TaskIntake } from './intake/task-intake';
import { cacheTemplates, createTemplateCache } from './intake/template-cache';
import { type OrchestrationObserver, observeStore } from './observe-engine';

/** What {@link composeEngine} works with. */
export interface ComposeEngineDeps {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly breakers: Breakers;
  /** Name that signs transitions. */
  readonly processorId: string;
  readonly metrics: Metrics;
  readonly observer: OrchestrationObserver;
  readonly onGivenUp: (problem: Error) => void;
  readonly logger: Logger;
}

/** The engine and what it is fed by. */
export interface ComposedEngine {
  /** Behind its breaker. */
  readonly database: Pick<Pool, 'query'>;
  readonly engine: OrchestrationEngine;
  readonly pools: ExecutorPools;
  readonly intake: TaskIntake;
  readonly messaging: ComposedMessaging;
  /** Stop it after the engine. */
  readonly notifier: WakeupNotifier;
  readonly templates: TemplateStore;
  readonly cache: QueryCache;
  /** Dispose of it before the pool ends. */
  readonly changes: TaskChangeFeed;
}

/** What holds for steps whose template is silent. */
export function toRetryPolicy({ retry }: Settings['orchestration']): RetryPolicy {
  return {
    retryable: true,
    maxAttempts: retry.max_attempts,
    backoff: retry.backoff,
    backoffBaseMs: retry.backoff_base_ms,
    maxBackoffMs: retry.max_backoff_ms,
  };
}

function composeCache(settings: Settings['database']['query_cache'], metrics: Metrics, hearsOfChanges: () => boolean) {
  return createQueryCache({
    enabled: settings.enabled,
    maxSize: settings.max_size,
    ttlMs: settings.ttl_seconds * 1_000,
    hearsOfChanges,
    onRead: (result) => metrics.increment('tasker_query_cache_requests_total', { result }),
  });
}

/** Gives the engine over one database: intake, results, recovery, with their executors, templates and queues. */
export function composeEngine(deps: ComposeEngineDeps): ComposedEngine {
  const { settings, pool, breakers, processorId, metrics, observer, logger } = deps;
  const { orchestration, pgmq } = settings;
  const retryDefaults = toRetryPolicy(orchestration);
  const database = guardDatabase(pool, breakers.database);
  const messaging = composeMessaging({
    ...deps,
    relayIdleMs: () => engine.coordination.idleMs('step_results'),
    onResults: () => engine.noteResults(),
    onFinalizationRequests: () => engine.noteFinalizationRequests(),
  });
  const store = {
    ...observeStore(metrics, messaging.feed(createOrchestrationStore(database, processorId))),
    ...messaging.relayed(createMaintenanceStore(database, processorId)),
  };
  const cache = composeCache(settings.database.query_cache, metrics, () => engine.listener?.healthy ?? false);
  const templateStore = createTemplateStore(database);
  const notifier = new WakeupNotifier({
    client: database,
    logger,
    minWindowMs: pgmq.wakeup_min_window_ms,
    maxWindowMs: pgmq.wakeup_max_window_ms,
  });
  const changes = createTaskChanges({
    database,
    watcherId: processorId,
    onError: (error) => logger.warn('watches of tasks could not be kept', { component: 'task changes', error }),
  });
  const pools = createExecutorPools(settings.executor_pools);
  const intake = createTaskIntake({
    store,
    templates: createTemplateCache(templateStore, cache),
    // With a broker the relay has been woken already.
    wakeWorkers: (namespace) => messaging.broker ?? notifier.notify(`worker_${namespace}_queue`),
    onCreated(namespace, count) {
      metrics.increment('tasker_tasks_created_total', { namespace }, count);
      engine.expectWork();
    },
    defaultMaxAttempts: retryDefaults.maxAttempts,
    maxConcurrentTasks: orchestration.max_concurrent_tasks,
    pool: pools.task_initializer,
    isOverloaded: () => pools.result_processor.isOverloaded || pools.step_enqueuer.isOverloaded,
  });
  const engine = createOrchestrationEngine({
    store,
    intake,
    provider: messaging.provider,
    listQueues: messaging.listQueues,
    broker: messaging.broker,
    settings: orchestration,
    requestMessages: {
      visibilityTimeoutMs: pgmq.visibility_timeout_seconds * 1_000,
      maxReceiveCount: (messaging.broker === null ? pgmq : settings.rabbitmq).max_receive_count,
    },
    pools,
    listenUrl: settings.database.listen_url || settings.database.url,
    retryDefaults,
    logger,
    otherChannels: new Map([
      [TEMPLATE_REGISTERED_CHANNEL, cache.clear],
      [TASK_CHANGED_CHANNEL, changes.receive],
    ]),
    onLook: changes.missed,
    onGivenUp: deps.onGivenUp,
    observer: {
      ...observer,
      onListenerState(state) {
        observer.onListenerState(state);
        // Its new connection is a sign that the database is back.
        if (state.healthy) for (const breaker of [breakers.database, breakers.messageQueue]) breaker.allowTrial();
        // Registrations may have gone unheard before a connection, and will after its loss.
        cache.clear();
      },
    },
  });
  const templates = cacheTemplates(templateStore, cache);
  return { database, engine, pools, intake, messaging, notifier, templates, cache, changes };
}
