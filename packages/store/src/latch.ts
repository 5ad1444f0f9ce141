/** Remembers that something has happened, once or several times, until somebody takes note of it. */
export interface Latch {
  set(): void;
  /** Resolves as soon as the latch has been set since it was last taken. For one waiter at a time. */
  take(): Promise<void>;
}

/** Gives a latch that is not set. */
export function createLatch(): Latch {
  let isSet = false;
  let release: (() => void) | null = null;
  return {
    set() {
      isSet = true;
      release?.();
      release = null;
    },
    async take() {
      if (!isSet) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      isSet = false;
    },
  };
}
