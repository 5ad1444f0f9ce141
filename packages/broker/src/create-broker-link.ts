import { createService, createStack, type Service } from '@tasker/lifecycle';
import type { Logger, MessagingProvider } from '@tasker/messaging';
import { createOutboxStore, type Database, type OutboxStore } from '@tasker/store';
import { Inbox, type InboxOptions } from './inbox';
import { createOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from './outbox-relay';

/** What {@link createBrokerLink} works with. */
export interface BrokerLinkOptions {
  /** The broker; started and stopped with the link. */
  readonly provider: MessagingProvider;
  /** The database whose queue tables are the outbox. */
  readonly database: Database;
  /** What is sent. */
  readonly sends: Pick<OutboxRelayOptions, 'queues' | 'idleMs'>;
  /** What is received. */
  readonly receives: Omit<InboxOptions, 'provider'>;
  /** The queues that the broker has to have before anything is sent; others are created when they are needed. */
  readonly listQueues: () => Promise<readonly string[]>;
  /** Told how many messages the broker has confirmed. */
  readonly onPublished: (count: number) => void;
  readonly logger: Logger;
}

/** A process's two ways over a broker. */
export interface BrokerLink {
  readonly outbox: OutboxStore;
  readonly relay: OutboxRelay;
  readonly inbox: Inbox;
  /** The connection, the queues and the relay: started before whoever writes messages, stopped after. */
  readonly outgoing: Service;
  /** The inbox: started after whoever takes from it, stopped before. */
  readonly incoming: Service;
}

/** Gives the link of a process to a broker. */
export function createBrokerLink(options: BrokerLinkOptions): BrokerLink {
  const { provider, logger } = options;
  const outbox = createOutboxStore(options.database);
  const relay = createOutboxRelay({
    ...options.sends,
    outbox,
    provider,
    onPublished: options.onPublished,
    onError: (error, failures) =>
      logger.error('messages could not be published, trying again', { component: 'outbox', failures, error }),
  });
  const inbox = new Inbox({ ...options.receives, provider });
  const stack = createStack();
  return {
    outbox,
    relay,
    inbox,
    outgoing: createService({
      name: 'messages to the broker',
      async start(signal) {
        stack.defer(() => provider.stop());
        try {
          await provider.start(signal);
          await provider.ensureQueues(await options.listQueues());
          await stack.start(relay, signal);
        } catch (error) {
          await stack.stop();
          throw error;
        }
      },
      stop: () => stack.stop(),
    }),
    incoming: createService({
      name: 'messages from the broker',
      start: async () => inbox.start(),
      stop: () => inbox.stop(),
    }),
  };
}
