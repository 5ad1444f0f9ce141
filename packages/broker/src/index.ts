export { type BrokerLink, type BrokerLinkOptions, createBrokerLink } from './create-broker-link';
export { createRabbitMq } from './create-rabbitmq';
export { type DrainOptions, type DrainReport, drainQueue } from './drain-queue';
export { createLossFinder, type LossFinderOptions, type LossReport } from './find-lost-messages';
export { Inbox, type InboxMessage, type InboxOptions } from './inbox';
export { advanceFromInbox, claimFromInbox } from './inbox-stores';
export { relayAfter } from './relay-after';
