/** The call was not made, because the breaker is open or its trial is under way. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly retryable = true;

  constructor(
    /** The name of the breaker. */
    readonly circuit: string,
    /** Milliseconds until a call may be let through; 0 while a trial is under way, whose end nobody knows. */
    readonly retryAfterMs: number,
  ) {
    super(
      `the circuit breaker '${circuit}' is open: the call was not made, try again in ${Math.ceil(retryAfterMs)} ms`,
    );
  }
}
