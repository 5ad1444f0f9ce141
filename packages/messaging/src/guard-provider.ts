import { MessagingError, type MessagingErrorCode } from './errors';
import type { MessagingProvider, ProviderHealth } from './messaging-provider';

/** What stands between a caller and a broker that may be away, such as a circuit breaker. */
export interface Guard {
  /** Settles as `call` does, or rejects without calling it. */
  execute<Value>(call: () => Promise<Value>): Promise<Value>;
}

const OUTAGE_CODES: ReadonlySet<MessagingErrorCode> = new Set(['BROKER_UNAVAILABLE', 'CONFIRM_TIMEOUT']);

/**
 * Tells whether an error of a provider says that its broker is away: every error but those by which this package refuses a call
 * or answers it, and the caller's own abort.
 */
export function isProviderOutage(error: unknown): boolean {
  if (error instanceof MessagingError) return OUTAGE_CODES.has(error.code);
  return (error as { name?: unknown } | null)?.name !== 'AbortError';
}

/**
 * Gives a provider of which every verb goes through the guard, `health` included: an unhealthy broker is a failure there, and a
 * refusal is answered as an unhealthy one. `start`, `stop` and `consume` are those of the provider itself, since a subscription
 * retries its broker by itself and loses nothing meanwhile. A send that the guard refuses was not made.
 */
export function guardProvider(provider: MessagingProvider, guard: Guard): MessagingProvider {
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    start: (signal) => provider.start(signal),
    stop: () => provider.stop(),
    [Symbol.asyncDispose]: () => provider.stop(),
    consume: provider.consume.bind(provider) as MessagingProvider['consume'],
    ensureQueues: (names) => guard.execute(() => provider.ensureQueues(names)),
    deleteQueue: (name) => guard.execute(() => provider.deleteQueue(name)),
    listQueues: () => guard.execute(() => provider.listQueues()),
    send: (queue, message, options) => guard.execute(() => provider.send(queue, message, options)),
    sendBatch: (queue, messages, options) => guard.execute(() => provider.sendBatch(queue, messages, options)),
    receive: (queue, options) => guard.execute(() => provider.receive(queue, options)),
    ack: (deliveries) => guard.execute(() => provider.ack(deliveries)),
    nack: (deliveries, action) => guard.execute(() => provider.nack(deliveries, action)),
    extend: (deliveries, forMs) => guard.execute(() => provider.extend(deliveries, forMs)),
    stats: (queue) => guard.execute(() => provider.stats(queue)),
    health: () => askHealth(provider, guard),
  };
}

async function askHealth(provider: MessagingProvider, guard: Guard): Promise<ProviderHealth> {
  let answer: ProviderHealth | undefined;
  try {
    return await guard.execute(async () => {
      answer = await provider.health();
      if (!answer.healthy) throw new Error(answer.problem ?? `${provider.name} is not healthy`);
      return answer;
    });
  } catch (error) {
    const delivery = provider.capabilities.pushDelivery ? 'push' : 'poll';
    return answer ?? { healthy: false, delivery, roundTripMs: null, problem: String((error as Error).message) };
  }
}
