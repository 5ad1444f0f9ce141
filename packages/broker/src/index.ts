export { createRabbitMq } from './create-rabbitmq';
export { type DrainOptions, type DrainReport, drainQueue } from './drain-queue';
export { createLossFinder, type LossFinderOptions, type LossReport } from './find-lost-messages';
export { Inbox, type InboxMessage, type InboxOptions } from './inbox';
export { advanceFromInbox, claimFromInbox } from './inbox-stores';
export { createOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from './outbox-relay';
export { relayAfter } from './relay-after';
