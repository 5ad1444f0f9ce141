import type { MessagingProvider } from '../messaging-provider';
import { type ConformanceCase, uniqueQueueName } from './conformance-case';
import { CONSUME_CASES } from './consume-cases';
import { EXCHANGE_CASES } from './exchange-cases';
import { SETTLE_CASES } from './settle-cases';

/** The two functions that are needed of a test runner; those of jest, vitest and node:test fit. */
export interface TestApi {
  describe(name: string, define: () => void): unknown;
  test(name: string, run: () => Promise<void>): unknown;
}

/** What to run the suite on. */
export interface ProviderConformanceOptions {
  readonly name: string;
  /** Gives a new provider, not started; the suite stops it. Several may be in use at once. */
  readonly create: () => Promise<MessagingProvider> | MessagingProvider;
  readonly api: TestApi;
}

/** Every case, for runners of other kinds. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [...EXCHANGE_CASES, ...SETTLE_CASES, ...CONSUME_CASES];

/**
 * Defines one test for each promise of `MessagingProvider`. Each has a provider and a queue of its own, so they may
 * run at once; the slowest take about three seconds.
 */
export function runProviderConformance({ name, create, api }: ProviderConformanceOptions): void {
  api.describe(`${name} keeps the promises of MessagingProvider`, () => {
    for (const { name: sentence, run } of CONFORMANCE_CASES) {
      api.test(sentence, async () => {
        await using provider = await create();
        await provider.start();
        const queue = uniqueQueueName();
        await provider.ensureQueues([queue]);
        await run({ provider, queue });
      });
    }
  });
}
