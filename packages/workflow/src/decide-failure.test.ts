import { backoffDelayMs, decideFailure, MAX_RETRY_AFTER_MS, type StepFailure } from './decide-failure';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, resolveRetryPolicy } from './retry-policy';
import { BACKOFF_STRATEGIES } from './task-template';

const middle = () => 0.5;
const policy = (changes: Partial<RetryPolicy> = {}): RetryPolicy => ({ ...DEFAULT_RETRY_POLICY, ...changes });
const failure = (changes: Partial<StepFailure> = {}): StepFailure => ({
  retryable: true,
  retryAfterMs: null,
  ...changes,
});

describe('decideFailure', () => {
  test('a failure that is not retryable ends the step at its first attempt', () => {
    const decision = decideFailure({ failure: failure({ retryable: false }), attempt: 1, policy: policy() });
    expect(decision).toEqual({ kind: 'fail', reason: 'not_retryable' });
  });

  test('a step that is not retryable has one attempt', () => {
    const decision = decideFailure({ failure: failure(), attempt: 1, policy: policy({ retryable: false }) });
    expect(decision).toEqual({ kind: 'fail', reason: 'step_not_retryable' });
  });

  test('max_attempts counts every attempt, the first included', () => {
    for (let maxAttempts = 1; maxAttempts <= 100; maxAttempts += 1) {
      for (let attempt = 1; attempt <= maxAttempts + 1; attempt += 1) {
        const decision = decideFailure({ failure: failure(), attempt, policy: policy({ maxAttempts }) });
        expect(decision.kind).toBe(attempt < maxAttempts ? 'retry' : 'fail');
      }
    }
    const last = decideFailure({ failure: failure(), attempt: 3, policy: policy() });
    expect(last).toEqual({ kind: 'fail', reason: 'attempts_exhausted' });
  });

  test.each([
    [0, 0],
    [1_234.5, 1_235],
    [-5, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, MAX_RETRY_AFTER_MS],
    [90_000, 90_000],
  ])("a handler's delay of %d ms wins over the back-off as %d ms", (retryAfterMs, delayMs) => {
    const decision = decideFailure({ failure: failure({ retryAfterMs }), attempt: 1, policy: policy() });
    expect(decision).toEqual({ kind: 'retry', delayMs });
  });

  test('without a delay of the handler the back-off decides', () => {
    const decision = decideFailure({ failure: failure(), attempt: 2, policy: policy(), random: middle });
    expect(decision).toEqual({ kind: 'retry', delayMs: 2_000 });
  });
});

describe('backoffDelayMs', () => {
  test.each([
    ['none', [0, 0, 0, 0, 0, 0]],
    ['linear', [100, 200, 300, 400, 500, 600]],
    ['exponential', [100, 200, 400, 800, 1_600, 3_200]],
    ['fibonacci', [100, 100, 200, 300, 500, 800]],
  ] as const)('%s grows as its name says', (backoff, expected) => {
    const delays = expected.map((_, i) => backoffDelayMs(policy({ backoff, backoffBaseMs: 100 }), i + 1, middle));
    expect(delays).toEqual(expected);
  });

  test('for every policy and attempt the delay is whole, within 15 % of the cap and never shrinks but for jitter', () => {
    for (const backoff of BACKOFF_STRATEGIES) {
      for (const [backoffBaseMs, maxBackoffMs] of [
        [100, 1_000],
        [1_000, 30_000],
        [3_600_000, 1_000],
      ] as const) {
        const some = policy({ backoff, backoffBaseMs, maxBackoffMs });
        let before = 0;
        for (let attempt = 1; attempt <= 100; attempt += 1) {
          const delay = backoffDelayMs(some, attempt);
          const exact = backoffDelayMs(some, attempt, middle);
          expect(Number.isInteger(delay)).toBe(true);
          expect(exact).toBeLessThanOrEqual(maxBackoffMs);
          expect(Math.abs(delay - exact)).toBeLessThanOrEqual(exact * 0.15 + 1);
          expect(exact).toBeGreaterThanOrEqual(before);
          before = exact;
        }
      }
    }
  });

  test('jitter reaches from −15 % to +15 %', () => {
    expect(backoffDelayMs(policy(), 1, () => 0)).toBe(850);
    expect(backoffDelayMs(policy(), 1, () => 1)).toBe(1_150);
  });
});

describe('resolveRetryPolicy', () => {
  test('defaults fill only what the template leaves open', () => {
    const silent = { retryable: true, maxAttempts: null, backoff: null, backoffBaseMs: null, maxBackoffMs: null };
    expect(resolveRetryPolicy(silent)).toEqual(DEFAULT_RETRY_POLICY);
    const own = { retryable: false, maxAttempts: 1, backoff: 'none', backoffBaseMs: 100, maxBackoffMs: 1_000 } as const;
    expect(resolveRetryPolicy(own, policy({ maxAttempts: 9 }))).toEqual(own);
    expect(resolveRetryPolicy(silent, policy({ maxAttempts: 9 })).maxAttempts).toBe(9);
  });
});
