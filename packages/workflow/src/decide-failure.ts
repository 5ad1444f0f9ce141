import type { RetryPolicy } from './retry-policy';

/** What a handler said about its failure. */
export interface StepFailure {
  readonly retryable: boolean;
  /** The delay the handler asks for, such as that of a `Retry-After` header; null leaves it to the back-off. */
  readonly retryAfterMs: number | null;
}

/** What orchestration needs to know about a failed attempt. */
export interface FailureInput {
  readonly failure: StepFailure;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly policy: RetryPolicy;
  /** Gives numbers in [0, 1) for the jitter. @default Math.random */
  readonly random?: () => number;
}

/** Try again after `delayMs`, or give up and why. */
export type FailureDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'fail'; readonly reason: 'not_retryable' | 'step_not_retryable' | 'attempts_exhausted' };

/** The longest delay a handler may ask for: 24 hours. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/** Part of the delay by which jitter may shorten or lengthen it. */
const JITTER = 0.15;

/**
 * Decides whether a failed attempt is followed by another: only when the failure is retryable, the step is retryable
 * and attempts are left. The handler's own delay wins over the back-off, up to 24 hours and without jitter.
 */
export function decideFailure({ failure, attempt, policy, random = Math.random }: FailureInput): FailureDecision {
  if (!failure.retryable) return { kind: 'fail', reason: 'not_retryable' };
  if (!policy.retryable) return { kind: 'fail', reason: 'step_not_retryable' };
  if (attempt >= policy.maxAttempts) return { kind: 'fail', reason: 'attempts_exhausted' };
  const delayMs =
    failure.retryAfterMs === null ? backoffDelayMs(policy, attempt, random) : boundRetryAfter(failure.retryAfterMs);
  return { kind: 'retry', delayMs };
}

function boundRetryAfter(retryAfterMs: number): number {
  return Number.isNaN(retryAfterMs) ? 0 : Math.ceil(Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS));
}

/**
 * Whole milliseconds to wait after attempt number `attempt` (from 1): base · attempt, base · 2^(attempt − 1) or
 * base · fibonacci(attempt), capped by the policy's maximum, then ±15 % jitter, which may exceed the cap. `none`
 * gives 0.
 */
export function backoffDelayMs(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const capped = Math.min(policy.backoffBaseMs * growth(policy, attempt), policy.maxBackoffMs);
  return Math.round(capped * (1 - JITTER + 2 * JITTER * random()));
}

function growth({ backoff }: RetryPolicy, attempt: number): number {
  switch (backoff) {
    case 'none':
      return 0;
    case 'linear':
      return attempt;
    case 'exponential':
      return 2 ** (attempt - 1);
    case 'fibonacci':
      return fibonacci(attempt);
  }
}

/** 1, 1, 2, 3, 5 … for 1, 2, 3, 4, 5 … */
function fibonacci(index: number): number {
  let [previous, current] = [0, 1];
  for (let at = 1; at < index; at += 1) [previous, current] = [current, previous + current];
  return current;
}
