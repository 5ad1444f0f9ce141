import type { Advance, FailureDecision, OrchestrationStore, SettledTask, UndecidedStep } from '@tasker/store';
import { type BackoffStrategy, decideFailure, type RetryPolicy, resolveRetryPolicy } from '@tasker/workflow';

/** What {@link createResultProcessor} tells about its work; counts only. */
export interface ResultObserver {
  onResults(completed: number, failed: number): void;
  onRetryScheduled(namespace: string, delayMs: number): void;
  onSettled(task: SettledTask): void;
  /** A batch could not be applied as a whole, and its results are applied one by one. */
  onBadBatch(error: unknown): void;
  /** Results that could not be applied even alone, by their errors. */
  onDeadLettered(errors: readonly string[]): void;
}

/** Applies step results to their tasks. */
export interface ResultProcessor {
  /** Takes one batch of results and applies it; gives how many it took. */
  processResults(): Promise<number>;
  /** Decides about failed attempts and ended leases, and applies the decisions. */
  decide(steps: readonly UndecidedStep[]): Promise<void>;
}

/** What {@link createResultProcessor} works with. */
export interface ResultProcessorDeps {
  readonly store: Pick<OrchestrationStore, 'advanceResults' | 'advanceResultsSingly' | 'decideFailures'>;
  readonly retryDefaults: RetryPolicy;
  readonly observer: ResultObserver;
  /** Result messages per transaction. */
  readonly batchSize: number;
}

const FAIL_REASONS = {
  not_retryable: 'the failure is permanent',
  step_not_retryable: 'the step is not retryable',
  attempts_exhausted: 'all attempts are used up',
} as const;

function describeFailure(step: UndecidedStep): string {
  return step.failure.kind === 'lease_expired'
    ? `the lease of attempt ${step.attempt} ended without a report`
    : step.failure.message;
}

function toPolicy(step: UndecidedStep, defaults: RetryPolicy): RetryPolicy {
  const { backoff, backoffBaseMs, maxBackoffMs } = step.backoff;
  const { retryable, maxAttempts } = step;
  return resolveRetryPolicy(
    { retryable, maxAttempts, backoff: backoff as BackoffStrategy | null, backoffBaseMs, maxBackoffMs },
    defaults,
  );
}

/** Decides whether a failed attempt is followed by another. A lost lease counts as a retryable failure. */
export function decideStep(step: UndecidedStep, defaults: RetryPolicy): FailureDecision {
  const failure =
    step.failure.kind === 'lease_expired'
      ? { retryable: true, retryAfterMs: null }
      : { retryable: step.failure.retryable, retryAfterMs: step.failure.retryAfterMs };
  const decision = decideFailure({ failure, attempt: step.attempt, policy: toPolicy(step, defaults) });
  const { stepUuid, attempt } = step;
  const about = step.failure.kind;
  const what = describeFailure(step);
  return decision.kind === 'retry'
    ? { stepUuid, attempt, about, retryDelayMs: decision.delayMs, reason: what }
    : { stepUuid, attempt, about, retryDelayMs: null, reason: `${what} (${FAIL_REASONS[decision.reason]})` };
}

/** Data, constraint, syntax and raised errors: repeating the statement would fail again, unlike after an outage. */
const LASTING_SQLSTATE = /^(22|23|42|P0|XX)/;

const isLasting = (error: unknown): boolean => LASTING_SQLSTATE.test(String((error as { code?: unknown })?.code ?? ''));

/** Gives the processor over the store. Several may work at once: each result goes to one of them. */
export function createResultProcessor({
  store,
  retryDefaults,
  observer,
  batchSize,
}: ResultProcessorDeps): ResultProcessor {
  async function takeResults(): Promise<Advance> {
    try {
      return await store.advanceResults(batchSize);
    } catch (error) {
      if (!isLasting(error)) throw error;
      observer.onBadBatch(error);
      return store.advanceResultsSingly(batchSize);
    }
  }

  async function decide(steps: readonly UndecidedStep[]): Promise<void> {
    if (steps.length === 0) return;
    const decisions = steps.map((step) => decideStep(step, retryDefaults));
    const settled = await store.decideFailures(decisions);
    decisions.forEach(({ retryDelayMs }, index) => {
      const namespace = steps[index]?.namespace;
      if (retryDelayMs !== null && namespace !== undefined) observer.onRetryScheduled(namespace, retryDelayMs);
    });
    settled.forEach(observer.onSettled);
  }

  return {
    decide,

    async processResults() {
      const advance = await takeResults();
      if (advance.deadLettered.length > 0) observer.onDeadLettered(advance.deadLettered);
      if (advance.taken > 0) observer.onResults(advance.completed, advance.undecided.length);
      advance.settled.forEach(observer.onSettled);
      await decide(advance.undecided);
      return advance.taken;
    },
  };
}
