/** Tasks whose times say when the next one may end. */
const REMEMBERED = 100;

/**
 * Part of the time that three of four tasks have taken at least, before the first look: looking earlier only takes the processor from
 * what is measured. Medians are true to a millisecond, and so is what is slower; what is much faster is seen at the first look.
 */
const FIRST_LOOK = 0.9;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for ends that can only be asked for. */
export interface EndWatch {
  /** Asks every millisecond once the end may be near; gives the milliseconds from `start` until the answer was yes. */
  untilOver(start: number, isOver: () => Promise<boolean>): Promise<number>;
}

/** Gives a watch over tasks of one kind; until it has seen some end, it asks all the time. */
export function createEndWatch(): EndWatch {
  const recent: number[] = [];
  const firstLookMs = () => FIRST_LOOK * (recent.toSorted((a, b) => a - b)[Math.floor(recent.length / 4)] ?? 0);
  return {
    async untilOver(start, isOver) {
      await pause(firstLookMs() - (performance.now() - start));
      while (!(await isOver())) await pause(1);
      const tookMs = performance.now() - start;
      recent.push(tookMs);
      if (recent.length > REMEMBERED) recent.shift();
      return tookMs;
    },
  };
}
