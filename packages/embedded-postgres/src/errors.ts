/** No usable PostgreSQL server program was found; the message says what to do. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';
  readonly code = 'POSTGRES_UNAVAILABLE';
}

/** PostgreSQL was found but did not start; the message ends with the last lines of the server's own log. */
export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError';
  readonly code = 'POSTGRES_START_FAILED';
}
