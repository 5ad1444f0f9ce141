import type { ConsumeSettings } from './consume-settings';

/** Decides when each queue is looked at next; the one that waits longest comes first. */
export class LookSchedule {
  private readonly dueAtMs = new Map<string, number>();
  private emptyCount = 0;

  constructor(
    queues: readonly string[],
    private readonly settings: Pick<
      ConsumeSettings,
      'mode' | 'pollIntervalMs' | 'fastPollIntervalMs' | 'slowestFastPollIntervalMs'
    >,
  ) {
    for (const queue of queues) this.dueAtMs.set(queue, Number.NEGATIVE_INFINITY);
  }

  /** Makes a queue due now, or all of them. Unknown queues are ignored. */
  wake(queue?: string): void {
    for (const name of queue === undefined ? [...this.dueAtMs.keys()] : [queue]) this.lookWithin(name, 0);
  }

  lookWithin(queue: string, delayMs: number): void {
    const current = this.dueAtMs.get(queue);
    if (current !== undefined) this.dueAtMs.set(queue, Math.min(current, performance.now() + delayMs));
  }

  /** Gives a due queue and forgets when it was due, so that a wake-up during the look counts; null when none is. */
  takeDue(): string | null {
    const first = this.first();
    if (!first || first[1] > performance.now()) return null;
    this.dueAtMs.set(first[0], Number.POSITIVE_INFINITY);
    return first[0];
  }

  /** Milliseconds until the next look, 0 or more; infinite when only a wake-up can bring one. */
  idleMs(): number {
    return Math.max(0, (this.first()?.[1] ?? Number.POSITIVE_INFINITY) - performance.now());
  }

  /** Plans the look after one that found less than it could take. */
  afterDrained(queue: string, found: number, wakeupsWork: boolean, nextVisibleInMs: number | null): void {
    this.emptyCount = found > 0 ? 0 : this.emptyCount + 1;
    const { fastPollIntervalMs, slowestFastPollIntervalMs } = this.settings;
    if (nextVisibleInMs !== null) this.lookWithin(queue, Math.max(nextVisibleInMs, found > 0 ? 0 : 20));
    if (this.settings.mode === 'event') return;
    const fastMs = Math.max(
      fastPollIntervalMs,
      Math.min(fastPollIntervalMs * 2 ** Math.min(this.emptyCount, 10), slowestFastPollIntervalMs),
    );
    const slow = this.settings.mode === 'hybrid' && wakeupsWork;
    this.lookWithin(queue, (slow ? this.settings.pollIntervalMs : fastMs) * (0.8 + Math.random() * 0.4));
  }

  private first(): [string, number] | undefined {
    let first: [string, number] | undefined;
    for (const entry of this.dueAtMs) if (!first || entry[1] < first[1]) first = entry;
    return first;
  }
}
