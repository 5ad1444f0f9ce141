export type { ConnectionRole, RabbitMqProviderOptions } from './rabbitmq-options';
export { RabbitMqProvider } from './rabbitmq-provider';
