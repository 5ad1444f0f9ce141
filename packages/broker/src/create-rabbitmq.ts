import type { Logger } from '@tasker/messaging';
import { RabbitMqProvider } from '@tasker/messaging/rabbitmq';
import type { Settings } from '@tasker/settings';

/** Gives the provider for `[rabbitmq]`; `name` is what the broker shows of its connections. */
export function createRabbitMq(settings: Settings['rabbitmq'], name: string, logger: Logger): RabbitMqProvider {
  return new RabbitMqProvider({
    url: settings.url,
    prefix: settings.queue_prefix,
    heartbeatSeconds: settings.heartbeat_seconds,
    confirmTimeoutMs: settings.confirm_timeout_ms,
    connectionName: name,
    logger,
  });
}
