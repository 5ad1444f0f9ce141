import type { Flight } from './flights';

/** The delays of a group of flights. */
export interface DelayGroup {
  readonly key: string;
  readonly flights: number;
  /** Minutes, two decimals. */
  readonly mean_delay: number;
  /** Part of the flights that were later than allowed, in percent, two decimals. */
  readonly late_percent: number;
}

/** Groups flights by `keyOf`, in the order of the keys; a flight with more than `lateAfterMinutes` of delay is late. */
export function groupFlights(
  flights: readonly Flight[],
  lateAfterMinutes: number,
  keyOf: (flight: Flight) => string,
): DelayGroup[] {
  const sums = new Map<string, { flights: number; delay: number; late: number }>();
  for (const flight of flights) {
    const key = keyOf(flight);
    const sum = sums.get(key) ?? { flights: 0, delay: 0, late: 0 };
    sum.flights += 1;
    sum.delay += flight.delay;
    if (flight.delay > lateAfterMinutes) sum.late += 1;
    sums.set(key, sum);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, sum]) => ({
      key,
      flights: sum.flights,
      mean_delay: round(sum.delay / sum.flights),
      late_percent: round((100 * sum.late) / sum.flights),
    }));
}

/** The groups of at least `minFlights` with the highest and the lowest mean delay; null when there are none. */
export function findExtremes(
  groups: readonly DelayGroup[],
  minFlights = 1,
): { readonly worst: DelayGroup; readonly best: DelayGroup } | null {
  const sorted = groups.filter(({ flights }) => flights >= minFlights).sort((a, b) => b.mean_delay - a.mean_delay);
  const [worst] = sorted;
  const best = sorted.at(-1);
  return worst === undefined || best === undefined ? null : { worst, best };
}

/** Two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
