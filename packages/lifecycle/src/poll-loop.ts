import { type Clock, systemClock } from './clock';
import { createService, type Service } from './service';

/** What a loop repeats, and how patiently. */
export interface PollLoopOptions {
  /** Names the loop in errors. */
  readonly name: string;
  /**
   * Does one round and returns how much it found. More than nothing: the next round follows at once. The signal aborts
   * when the loop is stopped; a round may finish its work all the same, the loop waits for it.
   */
  tick(signal: AbortSignal): Promise<number>;
  /** The pause after an empty round; doubles with each further one. @default 100 milliseconds */
  readonly idleDelayMs?: number;
  /** The longest pause; Infinity for a loop that only runs when woken. @default 1_000 milliseconds */
  readonly maxIdleDelayMs?: number;
  /** The pause after a round that threw; doubles with each further one. @default 100 milliseconds */
  readonly errorDelayMs?: number;
  /** @default 5_000 milliseconds */
  readonly maxErrorDelayMs?: number;
  /** Told of every round that threw, and in how many milliseconds the next one comes. */
  onError(error: unknown, retryInMs: number): void;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** A number from 0 up to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}

/** A loop that can be told that there is work. */
export interface PollLoop extends Service {
  /**
   * Ends the pause and runs a round at once; during a round, another follows it. However often it is called meanwhile,
   * one round follows. A pause after an error is not cut short, so that wake-ups cannot storm a server that is down.
   */
  wake(): void;
}

type Pause = 'none' | 'idle' | 'error';

/** ±25 %, so that processes that were started together drift apart. */
const JITTER = 0.25;

function growDelay(firstMs: number, maxMs: number, repetition: number, random: () => number): number {
  const plainMs = Math.min(maxMs, firstMs * 2 ** Math.min(repetition, 30));
  return plainMs * (1 - JITTER + 2 * JITTER * random());
}

/** Creates a loop around one round of work. Its first round runs right after `start`. */
export function pollLoop(options: PollLoopOptions): PollLoop {
  const { idleDelayMs = 100, maxIdleDelayMs = 1_000, errorDelayMs = 100, maxErrorDelayMs = 5_000 } = options;
  const { clock = systemClock, random = Math.random } = options;
  const controller = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  let pause: Pause = 'none';
  let isWoken = false;
  let endPause = () => {};

  function waitFor(kind: Exclude<Pause, 'none'>, durationMs: number): Promise<void> {
    if (controller.signal.aborted || (kind === 'idle' && isWoken)) return Promise.resolve();
    return new Promise((resolve) => {
      pause = kind;
      const cancel = clock.setTimer(durationMs, () => endPause());
      endPause = () => {
        pause = 'none';
        cancel();
        resolve();
      };
    });
  }

  let emptyRounds = 0;
  let failedRounds = 0;

  async function pauseAfterSuccess(found: number): Promise<void> {
    failedRounds = 0;
    if (found > 0) {
      emptyRounds = 0;
      await yieldToOthers();
      return;
    }
    await waitFor('idle', growDelay(idleDelayMs, maxIdleDelayMs, emptyRounds, random));
    emptyRounds += 1;
  }

  async function pauseAfterFailure(error: unknown): Promise<void> {
    if (controller.signal.aborted) return;
    const retryInMs = growDelay(errorDelayMs, maxErrorDelayMs, failedRounds, random);
    failedRounds += 1;
    options.onError(error, retryInMs);
    await waitFor('error', retryInMs);
  }

  async function run(): Promise<void> {
    while (!controller.signal.aborted) {
      isWoken = false;
      await options.tick(controller.signal).then(pauseAfterSuccess, pauseAfterFailure);
    }
  }

  const service = createService({
    name: options.name,
    async start() {
      ended = run();
    },
    async stop() {
      controller.abort();
      endPause();
      await ended;
    },
  });

  return {
    ...service,
    wake() {
      isWoken = true;
      if (pause === 'idle') endPause();
    },
  };
}

/** A loop that always finds work would otherwise starve timers and sockets when its rounds never touch them. */
function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
