import { abortReason } from './abort';
import { type Clock, systemClock } from './clock';

/** What a waiting function may be given. */
export interface WaitOptions {
  /** @default the clock of the machine */
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Resolves after `durationMs`; Infinity waits for the signal.
 *
 * @throws the signal's reason, as an Error, at once when it aborts.
 */
export function delay(durationMs: number, { clock = systemClock, signal }: WaitOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const cancel = clock.setTimer(durationMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort() {
      cancel();
      if (signal !== undefined) reject(abortReason(signal));
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
