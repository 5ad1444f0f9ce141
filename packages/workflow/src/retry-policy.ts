import type { BackoffStrategy, StepRetry } from './task-template';

/** How often and how fast a step is tried again; every value decided. */
export interface RetryPolicy {
  /** False: one attempt, whatever `maxAttempts` says. */
  readonly retryable: boolean;
  /** All attempts, the first included. */
  readonly maxAttempts: number;
  readonly backoff: BackoffStrategy;
  readonly backoffBaseMs: number;
  /** Upper bound of the delay before jitter. */
  readonly maxBackoffMs: number;
}

/** 3 attempts, exponential from 1 s, at most 30 s: for what neither template nor configuration decides. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  retryable: true,
  maxAttempts: 3,
  backoff: 'exponential',
  backoffBaseMs: 1_000,
  maxBackoffMs: 30_000,
};

/** The step's own values, with `defaults` only where the template is silent. */
export function resolveRetryPolicy(retry: StepRetry, defaults: RetryPolicy = DEFAULT_RETRY_POLICY): RetryPolicy {
  return {
    retryable: retry.retryable,
    maxAttempts: retry.maxAttempts ?? defaults.maxAttempts,
    backoff: retry.backoff ?? defaults.backoff,
    backoffBaseMs: retry.backoffBaseMs ?? defaults.backoffBaseMs,
    maxBackoffMs: retry.maxBackoffMs ?? defaults.maxBackoffMs,
  };
}
