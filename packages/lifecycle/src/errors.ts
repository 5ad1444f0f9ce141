/** The abort reason of work that ended because its owner was stopped; `message` says who and why. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly code = 'STOPPED';
  readonly retryable = true;
}
