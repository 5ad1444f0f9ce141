import type { OrchestrationStore } from '@tasker/store';
import type { ResultProcessor } from '../results/process-results';

/** What one round of recovery found. */
export interface RecoveryRound {
  /** Due retries enqueued. */
  readonly retried: number;
  /** Attempts whose lease ended, or whose decision never came, and which were decided now. */
  readonly decided: number;
  /** Milliseconds until something is due again; null when nothing ever will be. */
  readonly nextDueMs: number | null;
}

/** What {@link createRecovery} works with. */
export interface RecoveryDeps {
  readonly store: Pick<OrchestrationStore, 'recoverDueSteps'>;
  readonly results: Pick<ResultProcessor, 'decide'>;
  /** Steps per round. @default 500 */
  readonly batchSize?: number;
}

/** Gives a function that does one round of recovery. Any number of orchestrators may run it at the same time. */
export function createRecovery({ store, results, batchSize = 500 }: RecoveryDeps): () => Promise<RecoveryRound> {
  return async () => {
    const { retried, undecided, nextDueMs } = await store.recoverDueSteps(batchSize);
    await results.decide(undecided);
    // A decision sets a due time of its own, so what the store said before it may be too late.
    return { retried, decided: undecided.length, nextDueMs: undecided.length > 0 ? 0 : nextDueMs };
  };
}
