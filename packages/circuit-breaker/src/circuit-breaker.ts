import { CircuitOpenError } from './errors';

/** `closed` lets every call through, `open` none, `half_open` one at a time. */
export const circuitStates = ['closed', 'open', 'half_open'] as const;

/** One of {@link circuitStates}. */
export type CircuitState = (typeof circuitStates)[number];

/** What a breaker tells when its state changes. */
export interface CircuitStateChange {
  readonly name: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** Where a breaker takes the time from. */
export interface MonotonicClock {
  /** Milliseconds since an arbitrary point; never jumps back. */
  monotonicMs(): number;
}

/** How to make a {@link CircuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Names the breaker in errors and state changes. */
  readonly name: string;
  /** False lets every call through and counts nothing: the state is `closed` for ever. @default true */
  readonly enabled?: boolean;
  /** Failures in a row that open the breaker, 1 or more. @default 5 */
  readonly errorThreshold?: number;
  /** How long it stays open before it tries a call, in milliseconds, 0 or more. @default 30_000 */
  readonly timeoutMs?: number;
  /**
   * How long it may be half-open, in milliseconds from the start of the first trial, 1 or more. When no trial has succeeded by
   * then it opens again, for another `timeoutMs` from that moment; a trial that still runs goes on unheard. One success before
   * then closes it. @default 15_000
   */
  readonly halfOpenTimeoutMs?: number;
  /**
   * Whether an error says that the dependency is away. One that does not tells nothing: it neither counts nor forgives, and a
   * trial that ends with it leaves its place to the next call. @default every error does
   */
  readonly isFailure?: (error: unknown) => boolean;
  /** @default the monotonic clock of the machine */
  readonly clock?: MonotonicClock;
  /** Called after each change, in the call that causes it; must not throw. */
  readonly onStateChange?: (change: CircuitStateChange) => void;
}

interface Closed {
  readonly state: 'closed';
  failureCount: number;
  lastFailureAtMs: number;
}

interface Open {
  readonly state: 'open';
  untilMs: number;
}

interface HalfOpen {
  readonly state: 'half_open';
  readonly untilMs: number;
  isTrying: boolean;
}

type Phase = Closed | Open | HalfOpen;

const closedPhase = (): Closed => ({ state: 'closed', failureCount: 0, lastFailureAtMs: Number.NEGATIVE_INFINITY });

const DEFAULTS = {
  enabled: true,
  errorThreshold: 5,
  timeoutMs: 30_000,
  halfOpenTimeoutMs: 15_000,
  isFailure: () => true,
  clock: { monotonicMs: () => performance.now() },
  onStateChange: () => {},
};

/**
 * Stands between callers and a dependency: fails fast while it is away and finds out by single trials when it is back.
 *
 * Calls that began before the last counted failure tell of the same event and are not counted again: what one restart of a
 * server cuts is one error, however many calls were under way. What a call says after a change of state is not heard.
 *
 * Has no timers: a state changes when a call, or a look at {@link CircuitBreaker.state}, finds its time over.
 * The pattern is that of M. Nygard, Release It!, chapter "Stability Patterns".
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  #phase: Phase = closedPhase();

  constructor(options: CircuitBreakerOptions) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get name(): string {
    return this.#options.name;
  }

  /** The state now. An open breaker stays `open` past its time until a call comes to be its trial. */
  get state(): CircuitState {
    return this.#current().state;
  }

  /** When the next trial may be made, on the breaker's clock; null unless it is open. */
  get openUntilMs(): number | null {
    const phase = this.#current();
    return phase.state === 'open' ? phase.untilMs : null;
  }

  /** Milliseconds until a call may be let through; 0 unless it is open and its time is not over. */
  get retryAfterMs(): number {
    return Math.max(0, (this.openUntilMs ?? 0) - this.#options.clock.monotonicMs());
  }

  /**
   * Ends the time open: the next call is the trial. For who has another sign that the dependency is back, such as a connection
   * of its own. Without effect in every other state.
   */
  allowTrial(): void {
    const phase = this.#current();
    if (phase.state === 'open') phase.untilMs = Math.min(phase.untilMs, this.#options.clock.monotonicMs());
  }

  /**
   * Settles as `call` does, if the state lets it be made.
   * @throws {CircuitOpenError} at once, without calling it, while open or while another trial runs
   */
  async execute<Value>(call: () => Promise<Value>): Promise<Value> {
    if (!this.#options.enabled) return call();
    const startedAtMs = this.#options.clock.monotonicMs();
    const phase = this.#admit();
    try {
      const value = await call();
      this.#onSuccess(phase);
      return value;
    } catch (error) {
      this.#onError(phase, startedAtMs, error);
      throw error;
    }
  }

  /** The phase, after what the clock alone has changed about it. */
  #current(): Phase {
    const phase = this.#phase;
    if (phase.state === 'half_open' && this.#options.clock.monotonicMs() >= phase.untilMs) this.#open(phase.untilMs);
    return this.#phase;
  }

  /** Gives the phase that the call belongs to, having made it the trial where one is due. */
  #admit(): Closed | HalfOpen {
    const { clock, halfOpenTimeoutMs, name } = this.#options;
    const phase = this.#current();
    if (phase.state === 'closed') return phase;
    const isTrialDue = phase.state === 'half_open' ? !phase.isTrying : this.retryAfterMs === 0;
    if (!isTrialDue) throw new CircuitOpenError(name, this.retryAfterMs);
    if (phase.state === 'open') {
      const untilMs = clock.monotonicMs() + halfOpenTimeoutMs;
      return this.#enter({ state: 'half_open', untilMs, isTrying: true });
    }
    phase.isTrying = true;
    return phase;
  }

  #onSuccess(phase: Closed | HalfOpen): void {
    if (phase !== this.#current()) return;
    if (phase.state === 'closed') phase.failureCount = 0;
    else this.#enter(closedPhase());
  }

  #onError(phase: Closed | HalfOpen, startedAtMs: number, error: unknown): void {
    if (phase !== this.#current()) return;
    const { isFailure, errorThreshold, clock } = this.#options;
    if (phase.state === 'half_open') phase.isTrying = false;
    if (!isFailure(error)) return;
    const nowMs = clock.monotonicMs();
    if (phase.state === 'closed') {
      if (startedAtMs < phase.lastFailureAtMs) return;
      phase.lastFailureAtMs = nowMs;
      phase.failureCount += 1;
      if (phase.failureCount < errorThreshold) return;
    }
    this.#open(nowMs);
  }

  #open(fromMs: number): void {
    this.#enter({ state: 'open', untilMs: fromMs + this.#options.timeoutMs });
  }

  #enter<Next extends Phase>(phase: Next): Next {
    const from = this.#phase.state;
    this.#phase = phase;
    this.#options.onStateChange({ name: this.#options.name, from, to: phase.state });
    return phase;
  }
}
