/** The user's wish that everything stops. */
export interface StopSignals extends Disposable {
  /** Aborts at the first Ctrl-C, `SIGTERM` or closed terminal. */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for signals until disposed of. A second one does nothing: stopping is under way. */
export function listenForStopSignals(): StopSignals {
  const controller = new AbortController();
  const onSignal = (name: string) => controller.abort(new Error(`stopped by ${name}`));
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
