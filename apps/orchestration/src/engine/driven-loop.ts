/** What a round found. */
export interface Round {
  /** There may be more: run again at once. */
  readonly again: boolean;
  /** Milliseconds after which to look again, at the latest; null when only a wake-up or the idle time matters. */
  readonly nextMs: number | null;
}

/** What {@link createDrivenLoop} works with. */
export interface DrivenLoopOptions {
  readonly round: () => Promise<Round>;
  /** How long to rest when nothing was found and nobody wakes the loop, in milliseconds; asked before each rest. */
  readonly idleMs: () => number;
  /** Told of each failed round; the loop rests with back-off and goes on. */
  readonly onError: (error: unknown, failures: number) => void;
}

/** A loop that runs when there is something to do. */
export interface DrivenLoop {
  start(): void;
  /** Runs a round now, or another one after the round that is running. */
  wake(): void;
  /** Runs a round in `delayMs` at the latest. */
  wakeIn(delayMs: number): void;
  /** Resolves when the running round has ended; no other begins. */
  stop(): Promise<void>;
}

const ERROR_BASE_MS = 100;
const ERROR_MAX_MS = 5_000;

/** Gives a loop over `round`: again at once while it finds work, else after its own due time, a wake-up or the idle time. */
export function createDrivenLoop({ round, idleMs, onError }: DrivenLoopOptions): DrivenLoop {
  let stopped = true;
  let woken = false;
  let failures = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  /** The longest rest after the running round: its own word, and that of those who called meanwhile. */
  let restMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function arm(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (stopped || running !== undefined || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(run, delayMs);
  }

  async function runRounds(): Promise<void> {
    for (let again = true; again && !stopped; ) {
      woken = false;
      const found = await round();
      failures = 0;
      again = found.again || woken;
      if (!again) restMs = Math.min(found.nextMs ?? Number.POSITIVE_INFINITY, restMs, idleMs());
    }
  }

  function run(): void {
    clearTimeout(timer);
    dueAt = Number.POSITIVE_INFINITY;
    restMs = Number.POSITIVE_INFINITY;
    running = runRounds()
      .catch((error: unknown) => {
        failures += 1;
        onError(error, failures);
        restMs = Math.min(ERROR_MAX_MS, ERROR_BASE_MS * 2 ** Math.min(failures, 10)) * (0.8 + 0.4 * Math.random());
      })
      .finally(() => {
        running = undefined;
        arm(restMs);
      });
  }

  return {
    start() {
      stopped = false;
      arm(0);
    },

    wake() {
      woken = true;
      // After a failure the back-off decides. No timer here: even one of 0 ms costs a millisecond per step.
      if (!stopped && running === undefined && failures === 0) run();
    },

    wakeIn(delayMs) {
      if (running === undefined) arm(delayMs);
      else restMs = Math.min(restMs, delayMs);
    },

    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
