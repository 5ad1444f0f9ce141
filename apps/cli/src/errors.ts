/** What the command's exit status means; documented in its help. */
export const EXIT_CODES = { ok: 0, invalid: 1, failed: 2, unreachable: 3 } as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What the user is told instead of a stack trace: what failed, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: ExitCode,
    /** Stable, for `--json`. */
    readonly code: string,
    /** More for machines, such as the id of a task that exists already. */
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The arguments, or what they name, are not usable. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError(message, EXIT_CODES.invalid, 'INVALID_USAGE', undefined, options);
}

/** The text of whatever was thrown; a connection that was tried on several addresses has its text inside. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
