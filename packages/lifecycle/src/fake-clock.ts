import type { Clock } from './clock';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test turns it. */
export interface FakeClock extends Clock {
  /** Turns the clock by `durationMs`; due timers fire in order, each at its own time, and what they set off runs. */
  advance(durationMs: number): Promise<void>;
  /** The delays in milliseconds of the timers that wait, shortest first. */
  pendingDelays(): readonly number[];
  /** Resolves as soon as at least `count` timers wait. */
  waitForTimers(count?: number): Promise<void>;
}

/** Lets everything run that is ready to run, input and output included. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Creates a clock for tests. @param startMs its wall time. @default the first of January 2026, midnight UTC */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsedMs = 0;
  const timers = new Set<Timer>();
  const sorted = () => [...timers].sort((a, b) => a.dueMs - b.dueMs);

  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimer(delayMs, callback) {
      const timer: Timer = { dueMs: elapsedMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(durationMs) {
      const untilMs = elapsedMs + durationMs;
      await settle();
      for (let next = sorted()[0]; next !== undefined && next.dueMs <= untilMs; next = sorted()[0]) {
        elapsedMs = next.dueMs;
        timers.delete(next);
        next.callback();
        await settle();
      }
      elapsedMs = untilMs;
    },
    pendingDelays: () => sorted().map((timer) => timer.dueMs - elapsedMs),
    async waitForTimers(count = 1) {
      while (timers.size < count) await settle();
    },
  };
}
