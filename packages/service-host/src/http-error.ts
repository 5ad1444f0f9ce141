/** An answer other than success that a route decides on; `code` and `message` are shown to the client. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    /** The HTTP status, 400 to 599. */
    readonly status: number,
    /** Stable and in upper case, such as `TASK_NOT_FOUND`. */
    readonly code: string,
    message: string,
    /** More for machines, such as the fields that are wrong or the id of what exists already. */
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
