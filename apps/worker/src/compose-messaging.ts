import { claimFromInbox, createBrokerLink, createRabbitMq, relayAfter } from '@tasker/broker';
import { createIdleService, type Service } from '@tasker/lifecycle';
import type { Settings } from '@tasker/settings';
import { type Database, ORCHESTRATION_QUEUES, type WorkerStore } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';

/** What {@link composeMessaging} works with. */
export interface ComposeMessagingDeps {
  readonly settings: Settings;
  /** The queues that this worker serves. */
  readonly queues: readonly string[];
  /** Handlers that run at once. */
  readonly maxConcurrent: number;
  readonly database: Database;
  /** What a broker shows of this process. */
  readonly workerId: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** A queue has steps to claim. */
  readonly onSteps: (queueName: string) => void;
}

/** How a worker's messages come and go, whatever the backend. */
export interface ComposedMessaging {
  /** Sends. Start it before the runtime, stop it after. */
  readonly outgoing: Service;
  /** Receives steps. Start it after the runtime, stop it before. */
  readonly incoming: Service;
  /** Gives the store with steps from where they are delivered, and reports that are sent. */
  feed(store: WorkerStore): WorkerStore;
  /** Rejects while the broker does not answer; null when messages are in the database. */
  readonly checkBroker: (() => Promise<void>) | null;
  /** Somebody has announced messages in a queue of the database. */
  noteAnnounced(): void;
}

/** Left over by processes that died, or use the database as backend. */
const LOOK_FOR_OTHERS_MS = 5_000;
const RELAY_FOR_OTHERS_AFTER_MS = 500;

/** Gives what a worker needs of messaging, for the backend that is configured. */
export function composeMessaging(deps: ComposeMessagingDeps): ComposedMessaging {
  if (deps.settings.messaging.backend === 'rabbitmq') return composeBroker(deps);
  return {
    outgoing: createIdleService('reports to the database'),
    incoming: createIdleService('steps from the database'),
    feed: (store) => store,
    checkBroker: null,
    noteAnnounced() {},
  };
}

function composeBroker(deps: ComposeMessagingDeps): ComposedMessaging {
  const { settings, queues, workerId, metrics, logger } = deps;
  const { rabbitmq, worker } = settings;
  const results = ORCHESTRATION_QUEUES.results;
  const provider = createRabbitMq(rabbitmq, workerId, logger);
  const { relay, inbox, outgoing, incoming } = createBrokerLink({
    provider,
    database: deps.database,
    sends: {
      queues: [results, ...queues],
      idleMs: () => (worker.deployment_mode === 'EventDrivenOnly' ? Number.POSITIVE_INFINITY : LOOK_FOR_OTHERS_MS),
    },
    receives: {
      queues,
      prefetch: Math.min(rabbitmq.prefetch, deps.maxConcurrent),
      maxReceiveCount: rabbitmq.max_receive_count,
      onArrival: deps.onSteps,
    },
    listQueues: async () => [results, ...queues],
    onPublished: (count) => metrics.increment('tasker_outbox_published_total', {}, count),
    logger,
  });
  return {
    outgoing,
    incoming,
    feed(store) {
      const { reportSteps, releaseSteps } = store;
      return { ...claimFromInbox(store, inbox), ...relayAfter({ reportSteps, releaseSteps }, relay.wake) };
    },
    async checkBroker() {
      const { healthy, problem } = await provider.health();
      if (!healthy) throw new Error(problem ?? 'the broker does not answer');
    },
    noteAnnounced: () => relay.wakeIn(RELAY_FOR_OTHERS_AFTER_MS),
  };
}
