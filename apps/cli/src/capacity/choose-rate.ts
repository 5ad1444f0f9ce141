/** Steps per second that one orchestration is taken to carry, and where the number comes from. */
export interface OrchestrationRate {
  readonly stepsPerSecond: number;
  readonly source: 'given' | 'measured' | 'assumed';
}

/** Below the lowest rate that docs/performance.md has for one orchestration: 2,810, with everything on two cores. */
export const ASSUMED_STEPS_PER_SECOND = 2_000;

/**
 * Gives the rate that is given; else the one that was measured, when it is above the assumed one. A lower one tells how much there
 * was to do, not how much could be done.
 */
export function chooseRate(given: number | undefined, measured: number | null): OrchestrationRate {
  if (given !== undefined) return { stepsPerSecond: given, source: 'given' };
  if (measured !== null && measured > ASSUMED_STEPS_PER_SECOND) return { stepsPerSecond: measured, source: 'measured' };
  return { stepsPerSecond: ASSUMED_STEPS_PER_SECOND, source: 'assumed' };
}
