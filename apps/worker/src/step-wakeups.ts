import type { Clock } from '@tasker/lifecycle';
import type { TaskId } from '@tasker/workflow';
import type { WakeupCause } from './step-source';

/** How a worker hears of new steps: see `WakeupMode`'s members in the deployment guide. */
export type WakeupMode = 'Hybrid' | 'EventDrivenOnly' | 'PollingOnly';

/** What a listener tells. Wake-ups are hints: the worker always asks the queue. */
export interface WakeupEvents {
  onWakeup(queueName: string): void;
  /** Notifications may have been missed: ask every queue. */
  onDrain(): void;
  onHealth(isHealthy: boolean): void;
  /** The leases of this task's steps may be gone: ask. */
  onLeaseLost(taskUuid: TaskId): void;
}

/** A source of wake-ups, such as a connection that listens. */
export interface StepListener {
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** What wake-ups need. */
export interface StepWakeupsOptions {
  readonly mode: WakeupMode;
  readonly clock: Clock;
  readonly queueCount: number;
  /** Pause between polls while no listener is healthy, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Whether Hybrid polls beside a listener. */
  readonly pollsBesideListener: boolean;
  /** Makes the listener, or gives null for none; not called in PollingOnly. */
  createListener(events: WakeupEvents): StepListener | null;
  onWakeup(queueName: string): void;
  /** Ask every queue. */
  onWakeupAll(cause: Exclude<WakeupCause, 'notification'>): void;
  onLeaseLost(taskUuid: TaskId): void;
}

/**
 * A safety net under a healthy listener, should it have gone silent: a step of a worker of one queue waits no longer than the default
 * interval and a second, and an idle worker stays below one query a second, its listener's pings included.
 */
const SAFETY_POLL_MS_PER_QUEUE = 1_800;
/** After work was heard of, more is expected for this long, and one that nobody hears of shall not wait for the safety net. */
const BUSY_MS = 10_000;

/**
 * Brings wake-ups to the step source: from a listener, and by polling. Hybrid polls every `pollIntervalMs` while the listener is
 * down, and for ten seconds after each wake-up, else every 1.8 s per queue; EventDrivenOnly never polls; PollingOnly never
 * listens.
 */
export class StepWakeups {
  readonly #options: StepWakeupsOptions;
  readonly #listener: StepListener | null;
  #isHealthy = false;
  #busyUntilMs = Number.NEGATIVE_INFINITY;
  #pollAtMs = Number.POSITIVE_INFINITY;
  #cancelPoll: (() => void) | null = null;
  #isStopped = false;

  constructor(options: StepWakeupsOptions) {
    this.#options = options;
    this.#listener =
      options.mode === 'PollingOnly'
        ? null
        : options.createListener({
            onWakeup: (queueName) => this.#hear(queueName),
            onDrain: () => options.onWakeupAll('drain'),
            onHealth: (isHealthy) => this.#setHealth(isHealthy),
            onLeaseLost: (taskUuid) => options.onLeaseLost(taskUuid),
          });
  }

  /** Whether steps are heard of as the mode means it. */
  get isHealthy(): boolean {
    return this.#listener === null || this.#isHealthy;
  }

  /** Starts the listener and polling. Rejects as the listener does. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#listener?.start(signal);
    if (this.#listener === null) this.#options.onWakeupAll('poll');
    this.#armPoll();
  }

  /** Ends both. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelPoll?.();
    await this.#listener?.stop();
  }

  #hear(queueName: string): void {
    this.#options.onWakeup(queueName);
    const { clock, pollIntervalMs } = this.#options;
    this.#busyUntilMs = clock.monotonicMs() + BUSY_MS;
    // Not a new timer for each of a thousand wake-ups in a second.
    if (this.#pollAtMs > clock.monotonicMs() + pollIntervalMs) this.#armPoll();
  }

  #setHealth(isHealthy: boolean): void {
    if (this.#isHealthy === isHealthy) return;
    this.#isHealthy = isHealthy;
    if (this.#cancelPoll === null) return;
    if (!isHealthy) this.#options.onWakeupAll('poll');
    this.#armPoll();
  }

  #armPoll(): void {
    this.#cancelPoll?.();
    const { mode, clock, pollsBesideListener } = this.#options;
    if (this.#isStopped || mode === 'EventDrivenOnly') return;
    if (this.#listener !== null && !pollsBesideListener) return;
    const delayMs = this.#pollDelayMs();
    this.#pollAtMs = clock.monotonicMs() + delayMs;
    this.#cancelPoll = clock.setTimer(delayMs, () => {
      this.#options.onWakeupAll('poll');
      this.#armPoll();
    });
  }

  #pollDelayMs(): number {
    const { pollIntervalMs, queueCount, clock } = this.#options;
    if (!this.#isHealthy || clock.monotonicMs() < this.#busyUntilMs) return pollIntervalMs;
    return Math.max(pollIntervalMs, SAFETY_POLL_MS_PER_QUEUE * queueCount);
  }
}
