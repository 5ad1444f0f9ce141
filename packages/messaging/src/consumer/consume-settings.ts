import { InvalidOptionsError } from '../errors';
import type { ConsumeMode, ConsumeOptions } from '../subscription';

/** {@link ConsumeOptions} after checks and defaults. */
export interface ConsumeSettings {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly visibilityTimeoutMs: number;
  readonly batchSize: number;
  readonly mode: ConsumeMode;
  readonly maxReceiveCount: number;
  readonly retryDelayMs: number;
  readonly parse: (body: unknown) => unknown;
  readonly pollIntervalMs: number;
  readonly fastPollIntervalMs: number;
  readonly slowestFastPollIntervalMs: number;
  readonly stopTimeoutMs: number;
}

const MODES: readonly string[] = ['hybrid', 'event', 'poll'] satisfies ConsumeMode[];

/**
 * Gives checked options with every default filled in.
 *
 * @throws {InvalidOptionsError} when one is outside its bounds.
 */
export function normalizeConsumeOptions(options: ConsumeOptions): ConsumeSettings {
  const concurrency = boundedInteger('concurrency', options.concurrency ?? 1, 1, 1_000);
  const batchSize = boundedInteger('batch.maxSize', options.batch?.maxSize ?? 1, 1, 1_000);
  const leastPrefetch = concurrency * batchSize;
  const mode = options.mode ?? 'hybrid';
  if (!MODES.includes(mode)) throw new InvalidOptionsError(`mode must be one of ${MODES.join(', ')}`);
  return {
    concurrency,
    batchSize,
    mode,
    prefetch: boundedInteger('prefetch', options.prefetch ?? leastPrefetch, leastPrefetch, 1_000_000),
    visibilityTimeoutMs: boundedInteger('visibilityTimeoutMs', options.visibilityTimeoutMs ?? 30_000, 1_000),
    maxReceiveCount: boundedInteger('maxReceiveCount', options.maxReceiveCount ?? 10, 1),
    retryDelayMs: boundedInteger('retryDelayMs', options.retryDelayMs ?? 1_000, 0),
    parse: options.parse ?? ((body) => body),
    pollIntervalMs: boundedInteger('pollIntervalMs', options.pollIntervalMs ?? 5_000, 10),
    fastPollIntervalMs: boundedInteger('fastPollIntervalMs', options.fastPollIntervalMs ?? 250, 10),
    slowestFastPollIntervalMs: boundedInteger(
      'slowestFastPollIntervalMs',
      options.slowestFastPollIntervalMs ?? 1_000,
      10,
    ),
    stopTimeoutMs: boundedInteger('stopTimeoutMs', options.stopTimeoutMs ?? 30_000, 0),
  };
}

/**
 * Gives the value back.
 *
 * @throws {InvalidOptionsError} unless it is an integer within the bounds.
 */
export function boundedInteger(name: string, value: number, least: number, most = 2_147_483_647): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidOptionsError(`${name} must be an integer from ${least} to ${most}, not ${value}`);
  }
  return value;
}
