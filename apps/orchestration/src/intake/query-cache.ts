import { type Clock, systemClock } from '@tasker/lifecycle';
import { LRUCache } from 'lru-cache';

/** How a query cache remembers. */
export interface QueryCacheOptions {
  /** False asks the database every time. @default true */
  readonly enabled?: boolean;
  /** Answers remembered at the most, 1 or more; the one used longest ago goes first. @default 500 */
  readonly maxSize?: number;
  /** How long an answer is remembered, in milliseconds, 1 or more. @default 300_000 */
  readonly ttlMs?: number;
  /** Whether this process hears at once of what is registered elsewhere, and then clears the cache. @default never */
  readonly hearsOfChanges?: () => boolean;
  /** Told of each read: `miss` when the database was asked. */
  readonly onRead?: (result: 'hit' | 'miss') => void;
  /** @default the clock of the machine */
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

/** Whether another registration can change an answer, as it does "the highest version". */
export type Volatility = 'lasting' | 'changing';

/** Remembers answers of the database about what is registered. */
export interface QueryCache {
  /**
   * Gives what is remembered under `key`, else what `load` gives, and remembers that. Null is not remembered: what is missing
   * may be registered in the next moment. One cache holds answers of several kinds, so a key begins with their kind.
   */
  read<Value extends object>(
    key: readonly (string | null)[],
    volatility: Volatility,
    load: () => Promise<Value | null>,
  ): Promise<Value | null>;
  /** Forgets everything, and what is being loaded too. */
  clear(): void;
}

/** How long a changing answer is remembered while nobody would tell of the change. */
const UNHEARD_TTL_MS = 1_000;

/** Gives an empty cache. */
export function createQueryCache(options: QueryCacheOptions = {}): QueryCache {
  const { enabled = true, maxSize = 500, ttlMs = 300_000, clock = systemClock } = options;
  const { hearsOfChanges = () => false, onRead = () => {} } = options;
  const now = () => clock.monotonicMs();
  const answers = new LRUCache<string, object>({ max: maxSize, ttlResolution: 0, perf: { now } });
  let generation = 0;

  return {
    async read<Value extends object>(
      parts: readonly (string | null)[],
      volatility: Volatility,
      load: () => Promise<Value | null>,
    ) {
      const key = JSON.stringify(parts);
      const known = enabled ? answers.get(key) : undefined;
      onRead(known === undefined ? 'miss' : 'hit');
      if (known !== undefined) return known as Value;
      const startedIn = generation;
      const answer = await load();
      // An answer that was read before a registration may arrive after the news of it.
      if (answer === null || !enabled || startedIn !== generation) return answer;
      const isShort = volatility === 'changing' && !hearsOfChanges();
      answers.set(key, answer, { ttl: isShort ? Math.min(ttlMs, UNHEARD_TTL_MS) : ttlMs });
      return answer;
    },

    clear() {
      generation += 1;
      answers.clear();
    },
  };
}
