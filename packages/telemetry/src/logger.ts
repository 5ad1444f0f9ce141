/** The part of a logger that every package may ask for. A message is a constant sentence; what varies goes into fields. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A logger of a process, from which its components get theirs. */
export interface ServiceLogger extends Logger {
  /** The same logger with fields that every line bears, usually `{ component: 'recovery' }`. */
  child(fields: Record<string, unknown>): ServiceLogger;
}

/** How much is logged: each level holds those before it. `error` = a human must look, `warn` = handled but unusual. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];
