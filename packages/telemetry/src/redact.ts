import { types } from 'node:util';

const REDACTED = '[redacted]';
const SECRET_KEY =
  /passw(or)?d|passphrase|secret|token|credential|authorization|cookie|\bdsn\b|(api|private|access|encryption|signing)[-_]?key/i;
/** Greedy up to the last `@` before a slash, since a password that was not encoded may hold one. */
const URL_PASSWORD = /:\/\/([^\s/:@]*):[^\s/]*@/g;
/** What a key that names a secret holds; the beginning of the key is left out, since it makes the search quadratic. */
const NAME = '(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|(?:api|private|access)[-_]?key)[\\w-]{0,30}';
const KEY_VALUE_PASSWORD = new RegExp(`(${NAME})=('[^']*'|"[^"]*"|[^\\s&;,]+)`, 'gi');
const JSON_PASSWORD = new RegExp(`(${NAME}\\\\?["']\\s*:\\s*\\\\?["'])(?:[^"'\\\\]|\\\\[^"'])*`, 'gi');
const BEARER = /\bBearer\s+[\w.~+/=-]{8,}/g;
const MAX_DEPTH = 6;

/** Removes credentials from text: passwords in URLs, in `password=…` pairs and in JSON, and bearer tokens. */
export function redactText(text: string): string {
  let redacted = text;
  if (redacted.includes('://')) redacted = redacted.replace(URL_PASSWORD, `://$1:${REDACTED}@`);
  if (redacted.includes('=')) redacted = redacted.replace(KEY_VALUE_PASSWORD, `$1=${REDACTED}`);
  if (redacted.includes(':')) redacted = redacted.replace(JSON_PASSWORD, `$1${REDACTED}`);
  return redacted.includes('Bearer') ? redacted.replace(BEARER, `Bearer ${REDACTED}`) : redacted;
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    name,
    message: redactText(message),
    ...('code' in error ? { code: error.code } : {}),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redactValue(cause, depth + 1) }),
  };
}

/**
 * Gives a copy that is safe to log: values under keys that name secrets and credentials in text are replaced, errors
 * become plain objects, big integers and dates become text, and whatever lies deeper than six levels is left out.
 */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (value instanceof Error || types.isNativeError(value)) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactFields(value as Record<string, unknown>, depth);
}

/** {@link redactValue} for the fields of one log line. */
export function redactFields(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      SECRET_KEY.test(key) && value !== null && value !== undefined ? REDACTED : redactValue(value, depth + 1),
    ]),
  );
}
