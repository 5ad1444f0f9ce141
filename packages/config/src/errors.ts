/** A setting is missing or not usable; the message says which, and what to give instead. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly retryable = false;
}
