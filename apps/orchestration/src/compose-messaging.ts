import {
  advanceFromInbox,
  createLossFinder,
  createOutboxRelay,
  createRabbitMq,
  Inbox,
  type OutboxRelay,
  relayAfter,
} from '@tasker/broker';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import {
  type Delivery,
  guardProvider,
  type MessagingProvider,
  type QueueStats,
  type Subscription,
} from '@tasker/messaging';
import { PgmqProvider, readAllQueueStats } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import { createOutboxStore, guardDatabase, type OrchestrationStore } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { Pool } from 'pg';
import type { Breakers } from './create-breakers';
import type { BrokerWork } from './engine/orchestration-engine';

/** What {@link composeMessaging} works with. */
export interface ComposeMessagingDeps {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly breakers: Breakers;
  /** What a broker shows of this process. */
  readonly processorId: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How long to leave the outbox alone when nobody tells of messages, in milliseconds. */
  readonly relayIdleMs: () => number;
  readonly onResults: () => void;
  readonly onFinalizationRequests: () => void;
}

/** How messages come and go, whatever the backend. */
export interface ComposedMessaging {
  /** Delivers requests, and is asked for health and depths; behind its breaker. */
  readonly provider: MessagingProvider;
  /** Null when messages are in the database. */
  readonly broker: BrokerWork | null;
  /** Sends. Start it before the engine, stop it after. */
  readonly outgoing: Service;
  /** Receives results. Start it after the engine, stop it before. */
  readonly incoming: Service;
  /** The queues of the database. */
  listQueues(): Promise<readonly string[]>;
  /** The depth of every queue, what is still in the database included. */
  readStats(): Promise<readonly QueueStats[]>;
  /** Gives the store with results from where they are delivered. */
  feed(store: OrchestrationStore): OrchestrationStore;
  /** Gives a store whose messages are sent after each of its calls. */
  relayed<Store extends { [Name in keyof Store]: (...values: never[]) => Promise<unknown> }>(store: Store): Store;
}

const RESULTS_QUEUE = 'orchestration_step_results';
const FINALIZATIONS_QUEUE = 'orchestration_task_finalizations';
const OWN_QUEUES = ['orchestration_task_requests', RESULTS_QUEUE, FINALIZATIONS_QUEUE];
const CARRIES_STEPS = /^(worker_.*_queue|orchestration_step_results)$/;
const FINALIZATIONS_AT_ONCE = 100;

const atRest = (name: string) => createService({ name, start: async () => {}, stop: async () => {} });

/** Gives what the engine needs of messaging, for the backend that is configured. */
export function composeMessaging(deps: ComposeMessagingDeps): ComposedMessaging {
  const { settings, pool, breakers, logger } = deps;
  const tables = new PgmqProvider({ pool: guardDatabase(pool, breakers.messageQueue), logger, install: false });
  const listQueues = async () => (await tables.listQueues()).map(({ name }) => name);
  const readTables = () => readAllQueueStats(guardDatabase(pool, breakers.database));
  if (settings.messaging.backend === 'rabbitmq') return composeBroker(deps, { tables, listQueues, readTables });
  return {
    provider: tables,
    broker: null,
    outgoing: createService({
      name: 'queues in the database',
      start: (signal) => tables.start(signal),
      stop: () => tables.stop(),
    }),
    incoming: atRest('results from the database'),
    listQueues,
    readStats: readTables,
    feed: (store) => store,
    relayed: (store) => store,
  };
}

interface Tables {
  readonly tables: PgmqProvider;
  readonly listQueues: ComposedMessaging['listQueues'];
  readonly readTables: ComposedMessaging['readStats'];
}

function composeBroker(deps: ComposeMessagingDeps, { tables, listQueues, readTables }: Tables): ComposedMessaging {
  const { settings, pool, breakers, metrics, logger } = deps;
  const { rabbitmq } = settings;
  const outbox = createOutboxStore(guardDatabase(pool, breakers.database));
  const provider = guardProvider(createRabbitMq(rabbitmq, deps.processorId, logger), breakers.messageQueue);
  const relay: OutboxRelay = createOutboxRelay({
    outbox,
    provider,
    queues: null,
    idleMs: deps.relayIdleMs,
    onPublished: (count) => metrics.increment('tasker_outbox_published_total', {}, count),
    onError: (error, failures) =>
      logger.error('messages could not be published, trying again', { component: 'outbox', failures, error }),
  });
  const inbox = new Inbox({
    provider,
    queues: [RESULTS_QUEUE],
    prefetch: rabbitmq.prefetch,
    maxReceiveCount: rabbitmq.max_receive_count,
    onArrival: deps.onResults,
  });
  const listStepQueues = async () => (await listQueues()).filter((queue) => CARRIES_STEPS.test(queue));
  const findLost = createLossFinder({
    outbox,
    provider,
    listQueues: listStepQueues,
    olderMs: rabbitmq.resend_after_seconds * 1_000,
  });

  async function addBrokerStats(stats: QueueStats): Promise<QueueStats> {
    if (!CARRIES_STEPS.test(stats.queue) && !OWN_QUEUES.includes(stats.queue)) return stats;
    const { visibleCount } = await provider.stats(stats.queue);
    return { ...stats, visibleCount: stats.visibleCount + visibleCount };
  }

  let finalizationRequests: Subscription | null = null;
  const stack = createStack();
  return {
    provider,
    broker: { wakeRelayIn: relay.wakeIn, findLost },
    outgoing: createService({
      name: 'broker',
      async start(signal) {
        stack.defer(() => tables.stop());
        await tables.start(signal);
        stack.defer(() => provider.stop());
        await provider.start(signal);
        await provider.ensureQueues([...OWN_QUEUES, ...(await listStepQueues())]);
        await stack.start(relay, signal);
      },
      stop: () => stack.stop(),
    }),
    incoming: createService({
      name: 'results from the broker',
      async start() {
        inbox.start();
        finalizationRequests = moveFinalizationRequests(provider, tables, deps.onFinalizationRequests);
      },
      async stop() {
        await Promise.all([inbox.stop(), finalizationRequests?.stop()]);
      },
    }),
    listQueues,
    readStats: async () => Promise.all((await readTables()).map(addBrokerStats)),
    feed: (store) => advanceFromInbox(relayAfter(store, relay.wake), inbox),
    relayed: (store) => relayAfter(store, relay.wake),
  };
}

/** Requests for finalization are answered from the queue in the database, wherever they were sent. */
function moveFinalizationRequests(from: MessagingProvider, to: MessagingProvider, onMoved: () => void): Subscription {
  return from.consume(
    [FINALIZATIONS_QUEUE],
    async (deliveries: readonly Delivery[]) => {
      const bodies = deliveries.map(({ body }) => body);
      await to.sendBatch(FINALIZATIONS_QUEUE, bodies);
      onMoved();
    },
    { batch: { maxSize: FINALIZATIONS_AT_ONCE } },
  );
}
