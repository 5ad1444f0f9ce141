import { type Clock, systemClock } from './clock';
import { createService, type Service } from './service';

/** What a round found. */
export interface Round {
  /** There may be more: run again at once. */
  readonly again: boolean;
  /** Milliseconds after which to look again, at the latest; null when only a wake-up or the idle time matters. */
  readonly nextMs: number | null;
}

/** What made a loop run: somebody woke it, or its time had come. */
export type RoundCause = 'wakeup' | 'timer';

/** How a loop waits after rounds that failed in a row. */
export interface ErrorBackoff {
  /** Milliseconds after the first. */
  readonly baseMs: number;
  /** Milliseconds at the most. */
  readonly maxMs: number;
  /** By how much the wait grows with each further one, 1 or more. */
  readonly multiplier: number;
}

/** What {@link createDrivenLoop} works with. */
export interface DrivenLoopOptions {
  /** Names the loop in errors. */
  readonly name: string;
  readonly round: (cause: RoundCause) => Promise<Round>;
  /** How long to rest when nothing was found and nobody wakes the loop, in milliseconds; asked before each rest. */
  readonly idleMs: () => number;
  /** Told of each failed round and how many have failed in a row; the loop backs off and goes on. */
  readonly onError: (error: unknown, failures: number) => void;
  /** @default from 100 ms, doubling, up to 5 s; each ±20 % */
  readonly errorBackoff?: ErrorBackoff;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** A number from 0 up to 1, for the jitter of the back-off. @default Math.random */
  readonly random?: () => number;
}

/** A loop that runs when there is something to do. `stop` waits for the running round. */
export interface DrivenLoop extends Service {
  /** Runs a round now, or another one after the round that is running. After a failed round, its back-off decides. */
  wake(): void;
  /** Runs a round in `delayMs` at the latest. */
  wakeIn(delayMs: number): void;
}

const DEFAULT_ERROR_BACKOFF: ErrorBackoff = { baseMs: 100, maxMs: 5_000, multiplier: 2 };

/** Gives a loop over `round`: again at once while it finds work, else after its own due time, a wake-up or the idle time. */
export function createDrivenLoop(options: DrivenLoopOptions): DrivenLoop {
  const loop = new Loop(options);
  const service = createService({
    name: options.name,
    start: async () => loop.run('wakeup'),
    stop: () => loop.stop(),
  });
  return { ...service, wake: () => loop.wake(), wakeIn: (delayMs) => loop.wakeIn(delayMs) };
}

class Loop {
  readonly #options: DrivenLoopOptions;
  readonly #clock: Clock;
  #isStarted = false;
  #isStopped = false;
  #isWoken = false;
  #failures = 0;
  #running: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  /** When the timer fires, on the monotonic clock. */
  #dueAtMs = Number.POSITIVE_INFINITY;
  /** The longest rest after the running round: its own word, and that of those who called meanwhile. */
  #restMs = Number.POSITIVE_INFINITY;

  constructor(options: DrivenLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  run(cause: RoundCause): void {
    if (this.#isStopped) return;
    this.#isStarted = true;
    this.#cancelTimer?.();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#restMs = Number.POSITIVE_INFINITY;
    this.#running = this.#runRounds(cause)
      .catch((error: unknown) => this.#backOff(error))
      .finally(() => {
        this.#running = null;
        // Somebody may call after the last round was done: the rules of the rest may, for instance.
        if (this.#isWoken && this.#failures === 0) this.run('wakeup');
        else this.#arm(this.#restMs);
      });
  }

  wake(): void {
    this.#isWoken = true;
    // No timer here: even one of 0 ms costs a millisecond.
    if (this.#isStarted && this.#running === null && this.#failures === 0) this.run('wakeup');
  }

  wakeIn(delayMs: number): void {
    if (this.#running === null) this.#arm(delayMs);
    else this.#restMs = Math.min(this.#restMs, delayMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  async #runRounds(first: RoundCause): Promise<void> {
    let cause = first;
    for (let again = true; again && !this.#isStopped; ) {
      this.#isWoken = false;
      const found = await this.#options.round(cause);
      this.#failures = 0;
      again = found.again || this.#isWoken;
      if (this.#isWoken) cause = 'wakeup';
      const nextMs = found.nextMs ?? Number.POSITIVE_INFINITY;
      if (!again) this.#restMs = Math.min(nextMs, this.#restMs, this.#options.idleMs());
    }
  }

  #backOff(error: unknown): void {
    this.#failures += 1;
    this.#options.onError(error, this.#failures);
    const { random = Math.random, errorBackoff = DEFAULT_ERROR_BACKOFF } = this.#options;
    const { baseMs, maxMs, multiplier } = errorBackoff;
    const plainMs = Math.min(maxMs, baseMs * multiplier ** (this.#failures - 1));
    this.#restMs = plainMs * (0.8 + 0.4 * random());
  }

  #arm(delayMs: number): void {
    const atMs = this.#clock.monotonicMs() + delayMs;
    if (this.#isStopped || atMs >= this.#dueAtMs) return;
    this.#cancelTimer?.();
    this.#dueAtMs = atMs;
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => this.run('timer'));
  }
}
