import { boundedInteger } from '../consumer/consume-settings';
import { InvalidOptionsError } from '../errors';
import { type Logger, silentLogger } from '../logger';

/** The two connections of a provider: flow control on publishing must not hold up acks. */
export type ConnectionRole = 'publish' | 'consume';

/** How to make a `RabbitMqProvider`. */
export interface RabbitMqProviderOptions {
  /** `amqp://` or `amqps://`, with credentials and the virtual host as its path. */
  readonly url: string;
  /** @default 'tasker' — the head of every queue name at the broker, 1 … 60 of letters, digits, `_`, `-` and `.`. */
  readonly prefix?: string;
  /** @default 10 — seconds between heartbeats, 1 … 600; a silent broker is given up after two to three of them. */
  readonly heartbeatSeconds?: number;
  /** @default 10_000 — milliseconds for connecting, its handshake included, at least 100. */
  readonly connectTimeoutMs?: number;
  /** @default 10_000 — milliseconds until a send without its confirm fails, a lost connection included, at least 10. */
  readonly confirmTimeoutMs?: number;
  /** @default 1_000 — messages on their way to the broker without a confirm, 1 … 65_535. */
  readonly confirmWindow?: number;
  /**
   * Messages that a queue takes before it refuses more, at least 1. An argument of the queue: the same in every process,
   * and not to be changed while the queue exists; a policy of the broker can be. @default without end
   */
  readonly maxQueueLength?: number;
  /** @default 'tasker-messaging' — what the broker shows for the connections, followed by their role. */
  readonly connectionName?: string;
  readonly logger?: Logger;
  /** Called after each connect; the count is 0 for the first of this role. */
  readonly onConnected?: (event: { readonly connection: ConnectionRole; readonly reconnectCount: number }) => void;
  /** Called when a connection is lost; the provider is already trying again. */
  readonly onLost?: (event: { readonly connection: ConnectionRole; readonly problem: string }) => void;
}

/** {@link RabbitMqProviderOptions} after checks and defaults; `url` carries the heartbeat. */
export type RabbitMqSettings = Required<Omit<RabbitMqProviderOptions, 'maxQueueLength' | 'heartbeatSeconds'>> & {
  readonly maxQueueLength: number | null;
};

const PREFIX = /^[A-Za-z0-9_.-]{1,60}$/;

/**
 * Gives checked options with every default filled in. No error repeats the URL.
 *
 * @throws {InvalidOptionsError} when one is outside its bounds.
 */
export function normalizeRabbitMqOptions(options: RabbitMqProviderOptions): RabbitMqSettings {
  const logger = options.logger ?? silentLogger;
  const prefix = options.prefix ?? 'tasker';
  if (!PREFIX.test(prefix)) throw new InvalidOptionsError('prefix must be 1 to 60 of letters, digits, _, - and .');
  const heartbeatSeconds = boundedInteger('heartbeatSeconds', options.heartbeatSeconds ?? 10, 1, 600);
  return {
    url: urlWithHeartbeat(options.url, heartbeatSeconds),
    prefix,
    connectTimeoutMs: boundedInteger('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, 100),
    confirmTimeoutMs: boundedInteger('confirmTimeoutMs', options.confirmTimeoutMs ?? 10_000, 10),
    confirmWindow: boundedInteger('confirmWindow', options.confirmWindow ?? 1_000, 1, 65_535),
    maxQueueLength:
      options.maxQueueLength === undefined ? null : boundedInteger('maxQueueLength', options.maxQueueLength, 1),
    connectionName: options.connectionName ?? 'tasker-messaging',
    logger,
    onConnected: guarded(options.onConnected, logger),
    onLost: guarded(options.onLost, logger),
  };
}

/** What an observer throws must not reach the driver, which would end the connection for it. */
function guarded<Event>(observe: ((event: Event) => void) | undefined, logger: Logger): (event: Event) => void {
  return (event) => {
    try {
      observe?.(event);
    } catch (error) {
      logger.error('an observer of the connection failed', { error: String(error) });
    }
  };
}

function urlWithHeartbeat(text: string, heartbeatSeconds: number): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'amqp:' && url?.protocol !== 'amqps:') {
    throw new InvalidOptionsError('url must be of the form amqp://user:password@host:port/virtual-host');
  }
  url.searchParams.set('heartbeat', String(heartbeatSeconds));
  return url.href;
}
