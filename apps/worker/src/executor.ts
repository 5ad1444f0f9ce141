import type { Clock } from '@tasker/lifecycle';
import type { ClaimedStep } from '@tasker/store';
import {
  createStepContext,
  describeThrown,
  describeWorkerFailure,
  type HandlerRegistry,
  runHandler,
  type StepOutcome,
} from '@tasker/worker-sdk';
import { StepTimeoutError } from './errors';
import type { Ending, HeldStep } from './held-step';
import { stepLogFields } from './step-log-fields';
import type { StepTracer } from './trace-step';

/** What is to be done with a step whose handler has ended, or was given up. */
export type Settlement =
  | { readonly kind: 'report'; readonly outcome: StepOutcome; readonly executionMs: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'drop' };

/** What an executor needs. */
export interface ExecutorOptions {
  readonly registry: HandlerRegistry;
  readonly clock: Clock;
  /** Handlers that run at once. */
  readonly maxConcurrent: number;
  /** Steps that may wait for a slot, while handlers are quick. */
  readonly prefetch: number;
  /** Time limit of steps whose template sets none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** How long a handler that was told to end may take to do so, in milliseconds. */
  readonly graceMs: number;
  /** Makes each attempt a span; null when steps are not traced. */
  readonly traceStep: StepTracer | null;
  /** Called once for each step that was added, except those taken back. */
  onSettled(held: HeldStep, settlement: Settlement): void;
  /** Called when there may be room for more steps; often, so it should be quick. */
  onRoom(): void;
}

/** One shared tick watches all deadlines: its length is how late a time-out may fire. */
const TICK_MS = 25;
/** Steps are claimed ahead only while handlers take less than this on average, so that none waits long for a slot. */
const QUICK_HANDLER_MS = 10;
const AVERAGE_WEIGHT = 0.05;

/**
 * Runs handlers, at most `maxConcurrent` at once, and frees their slots when they end or, a grace period after they were
 * told to end, whether they do or not. A result that comes later than that is ignored.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #running = new Set<HeldStep>();
  #waiting: HeldStep[] = [];
  #averageMs = QUICK_HANDLER_MS;
  #cancelTick: (() => void) | null = null;
  #idleListeners: (() => void)[] = [];

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Number of steps that may be added now. */
  room(): number {
    const prefetch = this.#averageMs < QUICK_HANDLER_MS ? this.#options.prefetch : 0;
    return Math.max(0, this.#options.maxConcurrent + prefetch - this.#running.size - this.#waiting.length);
  }

  /** Starts the steps, as far as slots are free; the others wait in order. */
  add(steps: readonly HeldStep[]): void {
    for (const held of steps) this.#waiting.push(held);
    this.#fill();
  }

  /** Takes back the steps that have not started. */
  takeWaiting(): HeldStep[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#notifyWhenIdle();
    return taken;
  }

  /** Tells a step to end: its signal fires, and its slot is free at the latest when the grace period is over. */
  end(held: HeldStep, ending: Ending, reason: Error): void {
    if (held.phase === 'waiting') {
      this.#waiting = this.#waiting.filter((other) => other !== held);
      this.#settle(held, ending === 'lost' ? { kind: 'drop' } : { kind: 'release' });
    } else if (held.phase === 'running' && (held.ending === null || ending === 'lost')) {
      held.ending = ending;
      held.deadlineAtMs = this.#options.clock.monotonicMs() + this.#options.graceMs;
      held.abort(reason);
    }
  }

  /** Tells all running steps to end. */
  endAll(ending: Ending, reason: Error): void {
    for (const held of this.#running) this.end(held, ending, reason);
  }

  /** Resolves when nothing runs and nothing waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleListeners.push(resolve);
      this.#notifyWhenIdle();
    });
  }

  #fill(): void {
    const { maxConcurrent } = this.#options;
    let started = 0;
    while (this.#running.size < maxConcurrent && started < this.#waiting.length) {
      const held = this.#waiting[started];
      started += 1;
      if (held !== undefined) this.#start(held);
    }
    if (started > 0) this.#waiting.splice(0, started);
    if (this.#running.size > 0) this.#armTick();
  }

  #start(held: HeldStep): void {
    const nowMs = this.#options.clock.monotonicMs();
    held.phase = 'running';
    held.startedAtMs = nowMs;
    held.deadlineAtMs = nowMs + this.#timeoutOf(held);
    this.#running.add(held);
    const { traceStep } = this.#options;
    const outcome =
      traceStep === null ? this.#run(held.step, held) : traceStep(held.step, (traced) => this.#run(traced, held));
    void outcome.then((ended) => this.#finish(held, ended));
  }

  #run(step: ClaimedStep, held: HeldStep): Promise<StepOutcome> {
    try {
      return runHandler(this.#options.registry.resolve(step.handler), createStepContext(step, held));
    } catch (error) {
      return Promise.resolve({ kind: 'failure', error: describeThrown(error) });
    }
  }

  #finish(held: HeldStep, outcome: StepOutcome): void {
    if (held.phase !== 'running') return;
    const executionMs = this.#options.clock.monotonicMs() - held.startedAtMs;
    this.#averageMs += (executionMs - this.#averageMs) * AVERAGE_WEIGHT;
    this.#settle(held, this.#decide(held, outcome, executionMs));
  }

  /** What a handler finished after it was told to end still counts when it is final; its complaint about the end does not. */
  #decide(held: HeldStep, outcome: StepOutcome, executionMs: number): Settlement {
    if (held.ending === 'lost') return { kind: 'drop' };
    const isFinal = outcome.kind === 'success' || !outcome.error.retryable;
    if (held.ending === null || isFinal) return { kind: 'report', outcome, executionMs };
    return this.#giveUp(held);
  }

  #giveUp(held: HeldStep): Settlement {
    if (held.ending === 'lost') return { kind: 'drop' };
    if (held.ending === 'stopping') return { kind: 'release' };
    const { message } = new StepTimeoutError(held.step.stepName, this.#timeoutOf(held));
    const executionMs = this.#options.clock.monotonicMs() - held.startedAtMs;
    const outcome: StepOutcome = { kind: 'failure', error: describeWorkerFailure(message, 'timeout', true) };
    return { kind: 'report', outcome, executionMs };
  }

  #settle(held: HeldStep, settlement: Settlement): void {
    this.#running.delete(held);
    held.phase = settlement.kind === 'report' ? 'reporting' : 'gone';
    this.#options.onSettled(held, settlement);
    if (this.#waiting.length > 0) this.#fill();
    this.#options.onRoom();
    this.#notifyWhenIdle();
  }

  #timeoutOf(held: HeldStep): number {
    return held.step.timeoutMs ?? this.#options.defaultTimeoutMs;
  }

  #armTick(): void {
    this.#cancelTick ??= this.#options.clock.setTimer(TICK_MS, () => {
      this.#cancelTick = null;
      this.#checkDeadlines();
      if (this.#running.size > 0) this.#armTick();
    });
  }

  #checkDeadlines(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const held of this.#running) {
      if (nowMs < held.deadlineAtMs) continue;
      if (held.ending === null) {
        this.end(held, 'timeout', new StepTimeoutError(held.step.stepName, this.#timeoutOf(held)));
      } else {
        held.logger.warn('handler ignores its signal and goes on behind a free slot', {
          ...stepLogFields(held.step),
          handler: held.step.handler.callable,
        });
        this.#settle(held, this.#giveUp(held));
      }
    }
  }

  #notifyWhenIdle(): void {
    if (this.#idleListeners.length === 0 || this.#running.size > 0 || this.#waiting.length > 0) return;
    for (const listener of this.#idleListeners.splice(0)) listener();
  }
}
