import { claimFromInbox, createOutboxRelay, createRabbitMq, Inbox, relayAfter } from '@tasker/broker';
import { createService, createStack, type Service } from '@tasker/lifecycle';
import type { Settings } from '@tasker/settings';
import { createOutboxStore, type Database, type WorkerStore } from '@tasker/store';
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
  /** Somebody has announced messages in a queue of the database. */
  noteAnnounced(): void;
}

const RESULTS_QUEUE = 'orchestration_step_results';
/** Left over by processes that died, or use the database as backend. */
const LOOK_FOR_OTHERS_MS = 5_000;
const RELAY_FOR_OTHERS_AFTER_MS = 500;

const atRest = (name: string) => createService({ name, start: async () => {}, stop: async () => {} });

/** Gives what a worker needs of messaging, for the backend that is configured. */
export function composeMessaging(deps: ComposeMessagingDeps): ComposedMessaging {
  if (deps.settings.messaging.backend === 'rabbitmq') return composeBroker(deps);
  return {
    outgoing: atRest('reports to the database'),
    incoming: atRest('steps from the database'),
    feed: (store) => store,
    noteAnnounced() {},
  };
}

function composeBroker(deps: ComposeMessagingDeps): ComposedMessaging {
  const { settings, queues, workerId, metrics, logger } = deps;
  const { rabbitmq, worker } = settings;
  const provider = createRabbitMq(rabbitmq, workerId, logger);
  const relay = createOutboxRelay({
    outbox: createOutboxStore(deps.database),
    provider,
    queues: [RESULTS_QUEUE, ...queues],
    idleMs: () => (worker.deployment_mode === 'EventDrivenOnly' ? Number.POSITIVE_INFINITY : LOOK_FOR_OTHERS_MS),
    onPublished: (count) => metrics.increment('tasker_outbox_published_total', {}, count),
    onError: (error, failures) =>
      logger.error('messages could not be published, trying again', { component: 'outbox', failures, error }),
  });
  const inbox = new Inbox({
    provider,
    queues,
    prefetch: Math.min(rabbitmq.prefetch, deps.maxConcurrent),
    maxReceiveCount: rabbitmq.max_receive_count,
    onArrival: deps.onSteps,
  });

  const stack = createStack();
  return {
    outgoing: createService({
      name: 'broker',
      async start(signal) {
        stack.defer(() => provider.stop());
        await provider.start(signal);
        await provider.ensureQueues([RESULTS_QUEUE, ...queues]);
        await stack.start(relay, signal);
      },
      stop: () => stack.stop(),
    }),
    incoming: createService({
      name: 'steps from the broker',
      start: async () => inbox.start(),
      stop: () => inbox.stop(),
    }),
    feed(store) {
      const { reportSteps, releaseSteps } = store;
      return { ...claimFromInbox(store, inbox), ...relayAfter({ reportSteps, releaseSteps }, relay.wake) };
    },
    noteAnnounced: () => relay.wakeIn(RELAY_FOR_OTHERS_AFTER_MS),
  };
}
