/** One metric: what kind it is, what it means, when it moves, and which labels it bears. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** The upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** The kind of process that has the metric. @default both */
  readonly process?: ProcessKind;
}

/** The kinds of process that serve metrics. */
export type ProcessKind = 'orchestration' | 'worker';

/** Buckets of work that may take minutes, in seconds. */
export const WORK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Buckets of round trips and requests, in seconds. */
export const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Buckets of how many items go together in one round trip. */
export const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];
