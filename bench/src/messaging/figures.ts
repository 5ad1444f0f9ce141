/** A rate over several rounds, in messages per second. */
export interface RateFigure {
  readonly kind: 'rate';
  readonly backend: string;
  readonly scenario: string;
  readonly median: number;
  /** Lowest and highest. */
  readonly spread: readonly [number, number];
  /** The bare driver in the same rounds; null without one. */
  readonly bare: { readonly median: number; readonly spread: readonly [number, number] } | null;
  /** Library by bare, the median of the rounds; null without a bare driver. */
  readonly ratio: number | null;
}

/** Times over all rounds together, in milliseconds. */
export interface LatencyFigure {
  readonly kind: 'latency';
  readonly backend: string;
  readonly scenario: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export type Figure = RateFigure | LatencyFigure;

/** One round of a rate: both were measured right after each other. */
export interface RateRound {
  readonly library: number;
  readonly bare: number | null;
}

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

function quantile(values: readonly number[], q: number): number {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

function summarize(values: readonly number[]): { median: number; spread: readonly [number, number] } {
  return { median: quantile(values, 0.5), spread: [quantile(values, 0), quantile(values, 1)] };
}

/** Gives the figure of a rate. */
export function rateFigure(backend: string, scenario: string, rounds: readonly RateRound[]): RateFigure {
  const compared = rounds.flatMap(({ library, bare }) => (bare === null ? [] : [{ bare, ratio: library / bare }]));
  const hasBare = compared.length > 0;
  return {
    kind: 'rate',
    backend,
    scenario,
    ...summarize(rounds.map(({ library }) => library)),
    bare: hasBare ? summarize(compared.map(({ bare }) => bare)) : null,
    ratio: hasBare
      ? quantile(
          compared.map(({ ratio }) => ratio),
          0.5,
        )
      : null,
  };
}

/** Gives the figure of times. */
export function latencyFigure(backend: string, scenario: string, tookMs: readonly number[]): LatencyFigure {
  const [p50Ms = Number.NaN, p95Ms = Number.NaN, p99Ms = Number.NaN] = [0.5, 0.95, 0.99].map((q) =>
    quantile(tookMs, q),
  );
  return { kind: 'latency', backend, scenario, count: tookMs.length, p50Ms, p95Ms, p99Ms };
}
