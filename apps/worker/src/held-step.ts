import type { ClaimedStep } from '@tasker/store';
import type { Logger, StepRuntime } from '@tasker/worker-sdk';

/** Why a running handler was told to end: its time is up, its lease is lost, or the worker stops. */
export type Ending = 'timeout' | 'lost' | 'stopping';

/**
 * A step between its claim and the moment when this worker has no more to do with it.
 * `waiting` for a slot → `running` → `reporting` its outcome → `gone`; from everywhere straight to `gone`.
 */
export type HeldPhase = 'waiting' | 'running' | 'reporting' | 'gone';

/** One held step with its times, all on the monotonic clock in milliseconds. Also what its handler's context reads. */
export class HeldStep implements StepRuntime {
  phase: HeldPhase = 'waiting';
  /** Why the handler was told to end, or null while nobody told it. */
  ending: Ending | null = null;
  startedAtMs = 0;
  /** When the time is up; after an ending, when its slot is freed whatever the handler does. */
  deadlineAtMs = Number.POSITIVE_INFINITY;
  #controller: AbortController | null = null;
  #reason: Error | null = null;

  constructor(
    readonly step: ClaimedStep,
    /** When the lease was last known to be ours: the moment before the claim or the renewal was sent. */
    public leasedAtMs: number,
    readonly logger: Logger,
  ) {}

  /** Made on first use: most handlers never look at it, and a controller costs more than the rest of the step. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Fires the signal. The first reason stays. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}
