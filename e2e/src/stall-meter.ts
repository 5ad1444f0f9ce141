import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';

/** Measures for how long the machine stands still, so that a bound on the time of a process can allow for just that. */
export interface StallMeter extends AsyncDisposable {
  /** Gives the milliseconds that were lost since the start, a stall that is going on included. */
  readLostMs(): Promise<number>;
}

const TICK_MS = 20;
/** What a pause and the commit of a row take beyond the pause where nothing stalls, and more. */
const USUAL_MS = 25;

/** Starts to measure with a timer and small commits, which meet a stall of the processor as well as one of the disk. */
export function startStallMeter(pool: Pool): StallMeter {
  let lostMs = 0;
  let isOver = false;
  let current = Promise.resolve();
  const tick = async () => {
    const startedAtMs = performance.now();
    await delay(TICK_MS);
    await pool.query(`insert into e2e.notes (note) values ('tick')`);
    lostMs += Math.max(0, performance.now() - startedAtMs - TICK_MS - USUAL_MS);
  };
  const run = async () => {
    while (!isOver) {
      current = tick();
      await current;
    }
  };
  const running = run();
  // Whoever reads it gets the error.
  running.catch(() => {});
  return {
    async readLostMs() {
      await current;
      return lostMs;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await running;
    },
  };
}
