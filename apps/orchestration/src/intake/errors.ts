/** More work waits than the executors can do: nothing was stored, and the same request may succeed later. */
export class OverloadedError extends Error {
  readonly code = 'OVERLOADED';
  readonly retryable = true;

  constructor(
    /** Milliseconds after which to try again. */
    readonly retryAfterMs: number,
  ) {
    super('more work waits than can be done: try again later');
    this.name = 'OverloadedError';
  }
}
