import type { Clock } from '@tasker/lifecycle';
import type { StepReport, WorkerStore } from '@tasker/store';
import { describeWorkerFailure, type Logger } from '@tasker/worker-sdk';
import type { HeldStep } from './held-step';
import { stepLogFields } from './step-log-fields';

/** What a reporter needs. */
export interface ReporterOptions {
  readonly store: Pick<WorkerStore, 'reportSteps'>;
  readonly workerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reports in one call. @default 500 */
  readonly maxBatch?: number;
  /** Calls in flight. @default 2 */
  readonly maxInFlight?: number;
  /** Called once for each step whose report the store accepted, or refused because the attempt is no longer ours. */
  onReported(held: HeldStep, accepted: boolean): void;
}

interface Entry {
  readonly held: HeldStep;
  readonly report: StepReport;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Tells the store how attempts ended. The first is told at once; all that end in the same turn of the event loop, or
 * while calls are in flight, go together in the next call. A call that fails is repeated until the store takes or refuses
 * the steps, even beyond their leases: the fence of step and attempt decides, and nothing is dropped in silence.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #maxBatch: number;
  readonly #maxInFlight: number;
  #pending: Entry[] = [];
  /** Batches that the database refused for what they hold, cut in halves until the culprit is alone. */
  #suspects: Entry[][] = [];
  #inFlightCount = 0;
  #inFlightSteps = 0;
  #isFlushScheduled = false;
  #isAbandoned = false;
  #failureCount = 0;
  #cancelRetry: (() => void) | null = null;
  #drainListeners: (() => void)[] = [];

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#maxBatch = options.maxBatch ?? 500;
    this.#maxInFlight = options.maxInFlight ?? 2;
  }

  /** Steps whose report is not done. */
  get backlog(): number {
    return this.#pending.length + this.#inFlightSteps + this.#suspects.reduce((sum, batch) => sum + batch.length, 0);
  }

  /** Reports one step; the call follows in this turn of the event loop, together with whatever else ends in it. */
  add(held: HeldStep, report: StepReport): void {
    this.#pending.push({ held, report });
    if (this.#isFlushScheduled || this.#inFlightCount >= this.#maxInFlight) return;
    this.#isFlushScheduled = true;
    setImmediate(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  /** Resolves when every report is done. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drainListeners.push(resolve);
      this.#flush();
    });
  }

  /** Gives up what is left: no call follows one that is in flight. Gives the number of reports that were given up. */
  abandon(): number {
    const count = this.backlog;
    this.#isAbandoned = true;
    this.#cancelRetry?.();
    this.#pending = [];
    this.#suspects = [];
    return count;
  }

  #flush(): void {
    while (this.#inFlightCount < this.#maxInFlight && this.#cancelRetry === null) {
      const batch = this.#nextBatch();
      if (batch.length === 0) break;
      void this.#send(batch);
    }
    if (this.#drainListeners.length > 0 && this.backlog === 0) {
      for (const listener of this.#drainListeners.splice(0)) listener();
    }
  }

  #nextBatch(): Entry[] {
    return this.#suspects.shift() ?? this.#pending.splice(0, this.#maxBatch);
  }

  async #send(batch: Entry[]): Promise<void> {
    const { store, workerId } = this.#options;
    this.#inFlightCount += 1;
    this.#inFlightSteps += batch.length;
    const refused = await store.reportSteps(workerId, batch.map(reportOf)).catch((error: unknown) => {
      this.#takeBack(batch, error);
      return null;
    });
    this.#inFlightCount -= 1;
    this.#inFlightSteps -= batch.length;
    if (refused !== null) this.#acknowledge(batch, refused);
    this.#flush();
  }

  #acknowledge(batch: readonly Entry[], refused: readonly string[]): void {
    this.#failureCount = 0;
    const refusedIds = refused.length === 0 ? null : new Set(refused);
    for (const { held } of batch) {
      held.phase = 'gone';
      this.#options.onReported(held, refusedIds === null || !refusedIds.has(held.step.stepUuid));
    }
  }

  #takeBack(batch: Entry[], error: unknown): void {
    const { logger } = this.#options;
    const [first] = batch;
    if (this.#isAbandoned) return;
    if (isDataError(error) && first !== undefined) {
      if (batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        this.#suspects.push(batch.slice(0, middle), batch.slice(middle));
        return;
      }
      const fields = stepLogFields(first.held.step);
      logger.error('step result cannot be stored', { ...fields, error: messageOf(error) });
      this.#suspects.push([{ held: first.held, report: unstorable(first.report, messageOf(error)) }]);
    } else {
      this.#pending = [...batch, ...this.#pending];
    }
    this.#failureCount += 1;
    const retryInMs = backOffMs(this.#failureCount);
    logger.warn('reporting steps failed and is repeated', { count: batch.length, retryInMs, error: messageOf(error) });
    this.#cancelRetry ??= this.#options.clock.setTimer(retryInMs, () => {
      this.#cancelRetry = null;
      this.#flush();
    });
  }
}

function reportOf({ report }: Entry): StepReport {
  return report;
}

/** PostgreSQL's class 22, data exception: repeating the same call cannot help. */
function isDataError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && code.length === 5 && code.startsWith('22');
}

function unstorable(report: StepReport, reason: string): StepReport {
  const message = `the step's outcome cannot be stored: ${reason}`;
  return { ...report, outcome: { kind: 'failure', error: describeWorkerFailure(message, 'validation_error', false) } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function backOffMs(failureCount: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failureCount - 1), LAST_RETRY_MS) * (0.8 + Math.random() * 0.4);
}
