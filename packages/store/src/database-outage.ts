/** The system's own codes of a server that cannot be reached or has gone. */
const SYSTEM_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** PostgreSQL's classes: connection exception, insufficient resources, operator intervention that ends sessions. */
const SQLSTATE = /^(08...|53...|57P..)$/;
/** The driver and its pool give these no code. */
const MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;
const MAX_CAUSES = 5;

/**
 * Tells whether an error says that the database is away or cannot serve anybody: no connection, a lost one, none free in time,
 * out of resources, going down. An error of one statement says the opposite, and is none.
 */
export function isDatabaseOutage(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof current === 'object' && current !== null; depth += 1) {
    const { code, message, cause } = current as { code?: unknown; message?: unknown; cause?: unknown };
    if (SYSTEM_CODES.has(String(code)) || SQLSTATE.test(String(code)) || MESSAGE.test(String(message))) return true;
    current = cause;
  }
  return false;
}
