import { parseQueueName } from './queue-name';
import { shortenName } from './shorten-name';

const CHANNEL_PREFIX = 'pgmq_message_ready.';
const CHANNEL_MAX_LENGTH = 63;

/**
 * Gives the namespace whose consumers look after a queue:
 * `orchestration…` → `orchestration`; `worker_<ns>_queue` and `<ns>_domain_events` → `<ns>`; else the name itself.
 *
 * @throws {InvalidQueueNameError} for an invalid queue name.
 */
export function queueNamespace(queueName: string): string {
  const name = parseQueueName(queueName);
  if (name.startsWith('orchestration')) return 'orchestration';
  const match = /^worker_(.+)_queue$/.exec(name) ?? /^(.+)_domain_events$/.exec(name);
  return match?.[1] ?? name;
}

/**
 * Gives the NOTIFY channel of a queue: `pgmq_message_ready.<namespace>`, see {@link queueNamespace}.
 * A namespace of more than 44 characters is shortened to its head and a hash, since PostgreSQL takes 63 bytes.
 *
 * @throws {InvalidQueueNameError} for an invalid queue name.
 */
export function wakeupChannel(queueName: string): string {
  return CHANNEL_PREFIX + shortenName(queueNamespace(queueName), CHANNEL_MAX_LENGTH - CHANNEL_PREFIX.length);
}
