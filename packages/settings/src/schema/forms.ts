/** The form of `host:port` addresses. */
export const BIND_ADDRESS = {
  pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^:\\[\\]\\s]*):[0-9]{1,5}$',
  'x-form': 'host:port',
} as const;

/** The form of PostgreSQL URLs, which may be left out. */
export const DATABASE_URL = {
  pattern: '^(postgres(ql)?://.*)?$',
  'x-form': 'a URL that begins with postgresql://',
} as const;

/** The form of URLs of RabbitMQ, which may be left out. */
export const RABBITMQ_URL = {
  pattern: '^(amqps?://.*)?$',
  'x-form': 'a URL that begins with amqp:// or amqps://',
} as const;

/** The form of what the names of a broker's queues begin with. */
export const QUEUE_PREFIX = {
  pattern: '^[A-Za-z0-9_-]{1,60}$',
  'x-form': 'at most 60 letters, digits, underscores and hyphens',
} as const;

/** The form of namespaces. */
export const NAMESPACE = {
  pattern: '^[a-z_][a-z0-9_]{0,28}$',
  'x-form': 'namespaces: at most 29 lower-case letters, digits and underscores, no digit first',
} as const;

/** The form of notification channels. */
export const CHANNEL = {
  pattern: '^[a-z_][a-z0-9_]*(\\.([a-z0-9_]+|\\*))*$',
  'x-form': 'notification channels, whose last part may be *',
} as const;

/** The form of web addresses. */
export const WEB_ADDRESS = {
  pattern: '^https?://\\S+$',
  'x-form': 'a URL that begins with http:// or https://',
} as const;

/** How processes hear of work: see `orchestration.deployment_mode`. */
export const DEPLOYMENT_MODES = ['Hybrid', 'EventDrivenOnly', 'PollingOnly'] as const;
