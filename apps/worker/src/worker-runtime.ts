import { type Clock, createService, type Service, systemClock } from '@tasker/lifecycle';
import type { ClaimedStep, HeldStep as StepName, WorkerStore } from '@tasker/store';
import type { HandlerRegistry, Logger, StepOutcome } from '@tasker/worker-sdk';
import type { StepId } from '@tasker/workflow';
import { LeaseLostError, WorkerStoppingError } from './errors';
import { Executor, type Settlement } from './executor';
import { HeldStep } from './held-step';
import { LeaseKeeper } from './lease-keeper';
import { Reporter } from './reporter';
import { stepLogFields } from './step-log-fields';
import { type Look, StepSource } from './step-source';
import { type StepListener, StepWakeups, type WakeupEvents, type WakeupMode } from './step-wakeups';
import type { StepTracer } from './trace-step';
import { DEFAULT_TUNING, type WorkerTuning } from './worker-tuning';

/** What a worker tells its metrics. */
export interface WorkerObserver {
  /** A queue was asked for steps. */
  onLook(look: Look): void;
  onFinished(step: ClaimedStep, outcome: StepOutcome, executionMs: number): void;
  /** The lease of a step that waited or ran is lost. */
  onLeaseLost(step: ClaimedStep): void;
}

/** What a worker does with the steps in the database. */
export type StepStore = Omit<WorkerStore, 'ensureQueues'>;

/** What a worker runtime is made of. */
export interface WorkerRuntimeOptions {
  readonly store: StepStore;
  readonly registry: HandlerRegistry;
  readonly namespaces: readonly string[];
  readonly workerId: string;
  readonly logger: Logger;
  readonly mode: WakeupMode;
  /** Whether Hybrid polls beside its listener. @default true */
  readonly pollsBesideListener?: boolean;
  readonly tuning?: Partial<WorkerTuning>;
  readonly observer?: WorkerObserver;
  /** Makes each attempt a span. @default none */
  readonly traceStep?: StepTracer | null;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** Told of each queue that somebody has announced messages in. @default nothing */
  readonly onAnnounced?: (queueName: string) => void;
  /** Makes the listener of the queues' wake-ups, or gives null for none; not called in PollingOnly. */
  createListener(events: WakeupEvents): StepListener | null;
}

/** How a worker is now. */
export interface WorkerStatus {
  /** `degraded`: steps are not heard of as the mode means it, or the last claim failed. */
  readonly status: 'healthy' | 'degraded';
  /** It hears of steps or looks for them, as its mode means it. */
  readonly isStarted: boolean;
  readonly isStopping: boolean;
  readonly namespaces: readonly string[];
  /** Handlers that run. */
  readonly runningCount: number;
  /** Claimed steps that wait for a slot. */
  readonly waitingCount: number;
  /** Finished steps whose report is not done. */
  readonly unreportedCount: number;
}

/** A worker without its database connection and its HTTP server. */
export interface WorkerRuntime extends Service {
  status(): WorkerStatus;
  /** A queue has steps: asks it now. */
  wake(queueName: string): void;
}

/** Gives the queue from which the workers of a namespace take their steps. */
export function workerQueueName(namespace: string): string {
  return `worker_${namespace}_queue`;
}

/** Composes a runtime: wake-ups → claims → handlers → reports, with leases kept meanwhile. */
export function createWorkerRuntime(options: WorkerRuntimeOptions): WorkerRuntime {
  const parts = new RuntimeParts(options);
  const service = createService({
    name: 'worker',
    start: (signal) => parts.start(signal),
    stop: () => parts.stop(),
  });
  return { ...service, status: () => parts.status(), wake: (queueName) => parts.wake(queueName) };
}

class RuntimeParts {
  readonly #options: WorkerRuntimeOptions;
  readonly #tuning: WorkerTuning;
  readonly #clock: Clock;
  readonly #held = new Map<StepId, HeldStep>();
  readonly #releases = new Set<Promise<void>>();
  readonly #executor: Executor;
  readonly #reporter: Reporter;
  readonly #source: StepSource;
  readonly #leases: LeaseKeeper;
  readonly #wakeups: StepWakeups;
  #isStarted = false;
  #isStopping = false;

  constructor(options: WorkerRuntimeOptions) {
    const { store, workerId, logger, registry, clock = systemClock } = options;
    this.#options = options;
    this.#tuning = { ...DEFAULT_TUNING, ...options.tuning };
    this.#clock = clock;
    const shared = { store, workerId, logger, clock };
    const { leaseMs, maxClaim, pollIntervalMs } = this.#tuning;
    this.#executor = new Executor({
      ...this.#tuning,
      registry,
      clock,
      traceStep: options.traceStep ?? null,
      onSettled: (held, settlement) => this.#settle(held, settlement),
      onRoom: () => this.#source.onRoom(),
    });
    this.#reporter = new Reporter({ ...shared, onReported: (held, accepted) => this.#onReported(held, accepted) });
    this.#source = new StepSource({
      ...shared,
      leaseMs,
      maxClaim,
      queues: options.namespaces.map(workerQueueName),
      room: () => this.#room(),
      onClaimed: (steps, sentAtMs) => this.#take(steps, sentAtMs),
      onLate: (steps) => this.#release(steps),
      onLook: (look) => options.observer?.onLook(look),
    });
    this.#leases = new LeaseKeeper({
      ...shared,
      leaseMs,
      heldSteps: () => this.#held.values(),
      onLost: (held, why) => this.#lose(held, why),
    });
    this.#wakeups = new StepWakeups({
      mode: options.mode,
      pollsBesideListener: options.pollsBesideListener ?? true,
      clock,
      pollIntervalMs,
      queueCount: options.namespaces.length,
      createListener: (events) => options.createListener(events),
      onWakeup: (queueName) => {
        options.onAnnounced?.(queueName);
        this.wake(queueName);
      },
      onWakeupAll: (cause) => this.#source.wakeAll(cause),
      onLeaseLost: (taskUuid) => void this.#leases.checkTask(taskUuid),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#wakeups.start(signal).catch(async (error: unknown) => {
      await this.#wakeups.stop();
      throw error;
    });
    this.#leases.start();
    this.#isStarted = true;
  }

  wake(queueName: string): void {
    this.#source.wake(queueName);
  }

  status(): WorkerStatus {
    const isWell = this.#wakeups.isHealthy && !this.#source.isFailing;
    return {
      status: isWell ? 'healthy' : 'degraded',
      isStarted: this.#isStarted,
      isStopping: this.#isStopping,
      namespaces: this.#options.namespaces,
      runningCount: this.#executor.runningCount,
      waitingCount: this.#executor.waitingCount,
      unreportedCount: this.#reporter.backlog,
    };
  }

  /** Intake first; then what has not started goes back at once, and what runs gets its time to end. */
  async stop(): Promise<void> {
    const { shutdownTimeoutMs, reportTimeoutMs } = this.#tuning;
    this.#isStopping = true;
    await Promise.all([this.#wakeups.stop(), this.#source.stop(), this.#releaseWaiting()]);
    if (!(await this.#within(this.#executor.whenIdle(), shutdownTimeoutMs))) {
      this.#executor.endAll('stopping', new WorkerStoppingError());
      await this.#executor.whenIdle();
    }
    await Promise.all(this.#releases);
    if (!(await this.#within(this.#reporter.drain(), reportTimeoutMs))) {
      const count = this.#reporter.abandon();
      this.#options.logger.error('worker stops with unreported steps: they run again when their leases end', { count });
    }
    await this.#leases.stop();
  }

  /** A worker whose reports do not get through takes no more. */
  #room(): number {
    return Math.min(this.#executor.room(), Math.max(0, this.#tuning.maxUnreported - this.#reporter.backlog));
  }

  #take(steps: readonly ClaimedStep[], sentAtMs: number): void {
    const { logger } = this.#options;
    const taken = steps.map((step) => {
      const earlier = this.#held.get(step.stepUuid);
      if (earlier !== undefined) this.#lose(earlier, 'the step was given out again');
      const held = new HeldStep(step, sentAtMs, logger);
      this.#held.set(step.stepUuid, held);
      return held;
    });
    this.#executor.add(taken);
  }

  #settle(held: HeldStep, settlement: Settlement): void {
    if (settlement.kind === 'report') {
      const { outcome, executionMs } = settlement;
      const { stepUuid, attempt } = held.step;
      this.#options.observer?.onFinished(held.step, outcome, executionMs);
      this.#reporter.add(held, { stepUuid, attempt, outcome, executionMs });
      return;
    }
    this.#forget(held);
    if (settlement.kind === 'release') void this.#release([held.step]);
  }

  #onReported(held: HeldStep, accepted: boolean): void {
    this.#forget(held);
    if (!accepted) {
      const fields = stepLogFields(held.step);
      this.#options.logger.warn('step result came too late: cancelled, or taken over', fields);
    }
    this.#source.onRoom();
  }

  /** A finished step is left alone: the store decides about its report. */
  #lose(held: HeldStep, why: string): void {
    if (held.phase !== 'running' && held.phase !== 'waiting') return;
    if (held.ending === 'lost') return;
    const { logger, observer } = this.#options;
    logger.warn('lease lost', { ...stepLogFields(held.step), why });
    observer?.onLeaseLost(held.step);
    this.#executor.end(held, 'lost', new LeaseLostError(held.step.stepName, why));
  }

  #forget(held: HeldStep): void {
    if (this.#held.get(held.step.stepUuid) === held) this.#held.delete(held.step.stepUuid);
  }

  #releaseWaiting(): Promise<void> {
    const waiting = this.#executor.takeWaiting();
    for (const held of waiting) {
      held.phase = 'gone';
      this.#forget(held);
    }
    return this.#release(waiting.map((held) => held.step));
  }

  /** Hands steps back. One that cannot be handed back runs again when its lease ends. */
  #release(steps: readonly ClaimedStep[]): Promise<void> {
    if (steps.length === 0) return Promise.resolve();
    const { store, workerId, logger } = this.#options;
    const names: StepName[] = steps.map(({ stepUuid, attempt }) => ({ stepUuid, attempt }));
    const release = store.releaseSteps(workerId, names).catch((error: unknown) => {
      logger.warn('steps could not be handed back', { count: names.length, error: String(error) });
    });
    this.#releases.add(release);
    return release.finally(() => this.#releases.delete(release));
  }

  /** Whether `done` resolves in time. */
  #within(done: Promise<void>, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(timeoutMs, () => resolve(false));
      void done.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
