import { advanceFromInbox, createBrokerLink, createLossFinder, createRabbitMq, relayAfter } from '@tasker/broker';
import { createIdleService, createService, type Service, stopAll } from '@tasker/lifecycle';
import {
  type Delivery,
  guardProvider,
  type MessagingProvider,
  type QueueStats,
  type Subscription,
} from '@tasker/messaging';
import { PgmqProvider, readAllQueueStats } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import { guardDatabase, ORCHESTRATION_QUEUES, type OrchestrationStore } from '@tasker/store';
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

const OWN_QUEUES: readonly string[] = Object.values(ORCHESTRATION_QUEUES);
const CARRIES_STEPS = /^(worker_.*_queue|orchestration_step_results)$/;
const FINALIZATIONS_AT_ONCE = 100;

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
    incoming: createIdleService('results from the database'),
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
  const provider = guardProvider(createRabbitMq(rabbitmq, deps.processorId, logger), breakers.messageQueue);
  const listStepQueues = async () => (await listQueues()).filter((queue) => CARRIES_STEPS.test(queue));
  const { outbox, relay, inbox, outgoing, incoming } = createBrokerLink({
    provider,
    database: guardDatabase(pool, breakers.database),
    sends: { queues: null, idleMs: deps.relayIdleMs },
    receives: {
      queues: [ORCHESTRATION_QUEUES.results],
      prefetch: rabbitmq.prefetch,
      maxReceiveCount: rabbitmq.max_receive_count,
      onArrival: deps.onResults,
    },
    listQueues: async () => [...OWN_QUEUES, ...(await listStepQueues())],
    onPublished: (count) => metrics.increment('tasker_outbox_published_total', {}, count),
    logger,
  });
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
  return {
    provider,
    broker: { wakeRelayIn: relay.wakeIn, findLost },
    outgoing: createService({
      name: 'broker and database',
      async start(signal) {
        await tables.start(signal);
        await outgoing.start(signal).catch(async (error: unknown) => {
          await tables.stop();
          throw error;
        });
      },
      stop: () => stopAll([tables, outgoing]),
    }),
    incoming: createService({
      name: 'results and requests from the broker',
      async start(signal) {
        await incoming.start(signal);
        finalizationRequests = moveFinalizationRequests(provider, tables, deps.onFinalizationRequests);
      },
      async stop() {
        await Promise.all([incoming.stop(), finalizationRequests?.stop()]);
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
    [ORCHESTRATION_QUEUES.finalizations],
    async (deliveries: readonly Delivery[]) => {
      const bodies = deliveries.map(({ body }) => body);
      await to.sendBatch(ORCHESTRATION_QUEUES.finalizations, bodies);
      onMoved();
    },
    { batch: { maxSize: FINALIZATIONS_AT_ONCE } },
  );
}
