export { DEAD_LETTER_HEADERS, deadLetterQueueName } from './dead-letter';
export type { Delivery, MessageHeaders, MessageId } from './delivery';
export {
  BrokerUnavailableError,
  ConfirmTimeoutError,
  DriverMissingError,
  InvalidMessageError,
  InvalidOptionsError,
  InvalidQueueNameError,
  LeaseLostError,
  ListenUnavailableError,
  MessagingError,
  type MessagingErrorCode,
  ProviderStoppedError,
  PublishRefusedError,
  QueueDriftError,
  QueueNotFoundError,
  UnroutableError,
} from './errors';
export { type Guard, guardProvider, isProviderOutage } from './guard-provider';
export type { Logger } from './logger';
export type {
  MessagingProvider,
  NackAction,
  ProviderCapabilities,
  ProviderHealth,
  QueueInfo,
  QueueStats,
  ReceiveOptions,
  SendOptions,
} from './messaging-provider';
export { parseQueueName, type QueueName } from './queue-name';
export type {
  BatchHandler,
  ConsumeMode,
  ConsumeOptions,
  DeliveryHandler,
  Disposition,
  HandlerContext,
  Subscription,
} from './subscription';
export { queueNamespace, wakeupChannel } from './wakeup-channel';
