/** The time and the timers of a process, so that tests can turn them by hand. */
export interface Clock {
  /** The wall time in milliseconds since 1970; may jump. For showing, never for deciding order. */
  nowMs(): number;
  /** Milliseconds since an arbitrary point; never jumps back. For measuring. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`, which may be Infinity for never. Returns a function that cancels the call. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Node.js fires a timer with a longer delay at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of the machine. A timer of more than 24 days fires after 24 days. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
