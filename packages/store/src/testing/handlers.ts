import type { StepFailureDetail, StepOutcome } from '@tasker/workflow';
import type { UndecidedStep } from '../orchestration-store';
import type { ClaimedStep } from '../worker-store';

/** Gives the outcome of an attempt. */
export type Handler = (step: ClaimedStep) => StepOutcome;

/** Gives the delay before the next attempt in milliseconds, or null when the step fails for good. */
export type DecideRetry = (step: UndecidedStep) => number | null;

/** A result that says which step it is of. */
export const succeed: Handler = (step) => ({
  kind: 'success',
  result: { by: step.stepName },
  metadata: {},
});

/** A failure; `error` says how it differs from a retryable one. */
export function failure(error: Partial<StepFailureDetail> = {}): StepOutcome {
  const usual = {
    message: 'out of stock',
    errorType: 'StockError',
    errorCode: null,
    retryable: true,
    retryAfterMs: null,
    backtrace: [],
  };
  return { kind: 'failure', error: { ...usual, ...error } };
}

/** Fails the named steps and lets the others succeed. */
export function failing(...names: readonly string[]): Handler {
  return (step) => (names.includes(step.stepName) ? failure() : succeed(step));
}

/** Decides that every failure is for good. */
export const giveUp: DecideRetry = () => null;

/** Decides that a step is tried again after `delayMs` while it has attempts left. */
export function retryAfter(delayMs: number): DecideRetry {
  return (step) => (step.attempt < step.maxAttempts ? delayMs : null);
}
