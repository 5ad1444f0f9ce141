import type { ErrorCode } from './error-table';

/** What an operation tells its caller instead of a result, whichever way it was called. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** Decides the HTTP and the gRPC status, see {@link errorTable}. */
    readonly code: ErrorCode,
    /** Shown to the caller. */
    message: string,
    /** More for machines, such as the fields that are wrong or the id of what exists already. */
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
