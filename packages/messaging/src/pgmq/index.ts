export { queueNamespace, wakeupChannel } from '../wakeup-channel';
export { detectPgmq, installPgmq, PgmqIncompleteError, type PgmqPresence, type SqlClient } from './install-pgmq';
export type { PgmqProviderOptions, PgmqSendOptions } from './pgmq-options';
export { PgmqProvider } from './pgmq-provider';
export { readAllQueueStats } from './read-all-queue-stats';
export { WakeupListener, type WakeupListenerOptions, type WakeupListenerState } from './wakeup-listener';
export { WakeupNotifier, type WakeupNotifierOptions } from './wakeup-notifier';
