/** The numbers that a worker runs by. */
export interface WorkerTuning {
  /** Handlers that run at once. @default 100 */
  readonly maxConcurrent: number;
  /** Steps that may wait for a slot while handlers take less than 10 ms on average. @default 100 */
  readonly prefetch: number;
  /** Most steps in one claim. @default 200 */
  readonly maxClaim: number;
  /** Finished steps whose reports are outstanding, beyond which nothing is claimed. @default 2_000 */
  readonly maxUnreported: number;
  /** How long a claim lasts without renewal. @default 30_000 — milliseconds */
  readonly leaseMs: number;
  /** Time limit of steps whose template sets none. @default 60_000 — milliseconds */
  readonly defaultTimeoutMs: number;
  /** How long a handler may go on after its signal fired, before its slot is freed. @default 1_000 — milliseconds */
  readonly graceMs: number;
  /** Pause between polls while no listener is healthy. @default 1_000 — milliseconds */
  readonly pollIntervalMs: number;
  /** How long running handlers may go on when the worker stops. @default 30_000 — milliseconds */
  readonly shutdownTimeoutMs: number;
  /** How long the last reports may take when the worker stops. @default 10_000 — milliseconds */
  readonly reportTimeoutMs: number;
}

/** What holds where nobody says otherwise. */
export const DEFAULT_TUNING: WorkerTuning = {
  maxConcurrent: 100,
  prefetch: 100,
  maxClaim: 200,
  maxUnreported: 2_000,
  leaseMs: 30_000,
  defaultTimeoutMs: 60_000,
  graceMs: 1_000,
  pollIntervalMs: 1_000,
  shutdownTimeoutMs: 30_000,
  reportTimeoutMs: 10_000,
};
