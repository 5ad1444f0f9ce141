import { type Clock, createDrivenLoop, type ErrorBackoff, type Service, systemClock } from '@tasker/lifecycle';

/** Something that has to be done at times. */
export interface Duty {
  /** Does it; gives the milliseconds until it is due again: 0 at once, Infinity not before {@link DutyLoop.makeDue}. */
  perform(): Promise<number>;
}

/** What {@link createDutyLoop} works with. */
export interface DutyLoopOptions<Name extends string> {
  /** All are due at the start. */
  readonly duties: Readonly<Record<Name, Duty>>;
  /** Told of each failure and how many of this duty came in a row. It is due again after its back-off; the others go on. */
  readonly onError: (duty: Name, error: unknown, failures: number) => void;
  readonly errorBackoff: ErrorBackoff;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** Does duties one after the other, each when it is due. `stop` waits for the one under way. */
export interface DutyLoop<Name extends string> extends Service {
  /** Makes a duty due in `delayMs`: it is done then, though it may be done before as well. @default 0 */
  makeDue(duty: Name, delayMs?: number): void;
  /** Makes all due now. */
  makeAllDue(): void;
}

/** Gives a loop over the duties. */
export function createDutyLoop<Name extends string>(options: DutyLoopOptions<Name>): DutyLoop<Name> {
  const { duties, onError, errorBackoff, clock = systemClock } = options;
  const names = Object.keys(duties) as Name[];
  const dueAtMs = new Map<Name, number>(names.map((name) => [name, Number.NEGATIVE_INFINITY]));
  /** The latest moment that anybody asked for: to have done it before that is no answer. */
  const lastAskedMs = new Map<Name, number>();
  const failures = new Map<Name, number>();

  /** Somebody may make it due while it is done: that counts. */
  function plan(name: Name, delayMs: number): void {
    const atMs = clock.monotonicMs() + delayMs;
    dueAtMs.set(name, Math.min(dueAtMs.get(name) ?? Number.POSITIVE_INFINITY, atMs));
  }

  function ask(name: Name, delayMs: number): void {
    plan(name, delayMs);
    const atMs = clock.monotonicMs() + delayMs;
    lastAskedMs.set(name, Math.max(lastAskedMs.get(name) ?? Number.NEGATIVE_INFINITY, atMs));
  }

  async function perform(name: Name): Promise<void> {
    const askedMs = lastAskedMs.get(name) ?? Number.NEGATIVE_INFINITY;
    dueAtMs.set(name, askedMs > clock.monotonicMs() ? askedMs : Number.POSITIVE_INFINITY);
    try {
      plan(name, await duties[name].perform());
      failures.delete(name);
    } catch (error) {
      const count = (failures.get(name) ?? 0) + 1;
      failures.set(name, count);
      onError(name, error, count);
      plan(name, Math.min(errorBackoff.maxMs, errorBackoff.baseMs * errorBackoff.multiplier ** (count - 1)));
    }
  }

  const loop = createDrivenLoop({
    name: 'duty loop',
    clock,
    round: async () => {
      for (const name of names) {
        if ((dueAtMs.get(name) ?? 0) <= clock.monotonicMs()) await perform(name);
      }
      const nextMs = Math.max(0, Math.min(...dueAtMs.values()) - clock.monotonicMs());
      return { again: nextMs === 0, nextMs };
    },
    idleMs: () => Number.POSITIVE_INFINITY,
    onError: (error) => {
      throw error;
    },
  });

  return {
    ...loop,
    makeDue(name, delayMs = 0) {
      ask(name, delayMs);
      if (delayMs === 0) loop.wake();
      else loop.wakeIn(delayMs);
    },
    makeAllDue() {
      for (const name of names) plan(name, 0);
      loop.wake();
    },
  };
}
