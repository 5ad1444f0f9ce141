import { createDrivenLoop, type DrivenLoop, type ErrorBackoff, type RoundCause } from '@tasker/lifecycle';
import type { ModeObserver } from '@tasker/telemetry';
import type { Coordination } from '../engine/coordination';
import type { ExecutorPool } from '../engine/executor-pool';
import { createWaves } from '../engine/waves';
import type { ResultProcessor } from './process-results';

/** How many results are taken at once. */
export interface ResultBatches {
  /** Per transaction. */
  readonly batchSize: number;
  /** Per look that a timer asked for; Infinity: all. */
  readonly maxPerPoll: number;
}

/** What {@link createResultsLoop} works with. */
export interface ResultsLoopDeps {
  readonly processor: Pick<ResultProcessor, 'processResults'>;
  readonly pool: ExecutorPool;
  readonly batches: ResultBatches;
  readonly coordination: Coordination;
  readonly observer: Pick<ModeObserver, 'onEventProcessed' | 'onPollingCycle'>;
  readonly errorBackoff: ErrorBackoff;
  readonly onError: (error: unknown, failures: number) => void;
}

/** The loop that applies results. */
export interface ResultsLoop extends DrivenLoop {
  /** A notification told of results: looks now. */
  hear(): void;
}

/** Gives the loop: it empties the queue of results when it is told of some, and looks by itself as the deployment mode says. */
export function createResultsLoop(deps: ResultsLoopDeps): ResultsLoop {
  const { processor, pool, batches, coordination, observer } = deps;
  const wave = createWaves({ ...batches, pool, pull: processor.processResults });
  let notifiedAtMs: number | null = null;

  function noteEnd(cause: RoundCause, startedMs: number, taken: number | null): void {
    const nowMs = performance.now();
    if (notifiedAtMs !== null && notifiedAtMs <= startedMs) {
      observer.onEventProcessed(nowMs - notifiedAtMs);
      notifiedAtMs = null;
    }
    if (cause !== 'timer' || coordination.idleMs('step_results') === Number.POSITIVE_INFINITY) return;
    const found = taken ?? 0;
    observer.onPollingCycle({ found, processed: found, durationMs: nowMs - startedMs, isFailed: taken === null });
    // What was announced while the look was under way was not missed.
    if (notifiedAtMs === null) coordination.noteUnannounced(found);
  }

  const loop = createDrivenLoop({
    name: 'results loop',
    round: async (cause) => {
      const startedMs = performance.now();
      let taken: number | null = null;
      try {
        const found = await wave();
        taken = found.taken;
        if (taken > 0) coordination.noteActivity();
        // A report that comes meanwhile notifies; who cannot hear it has to look again after a partial batch.
        return { again: found.again || (found.taken > 0 && coordination.isFallback), nextMs: null };
      } finally {
        noteEnd(cause, startedMs, taken);
      }
    },
    idleMs: () => coordination.idleMs('step_results'),
    onError: deps.onError,
    errorBackoff: deps.errorBackoff,
  });
  return {
    ...loop,
    hear() {
      notifiedAtMs ??= performance.now();
      loop.wake();
    },
  };
}
