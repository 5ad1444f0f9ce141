import type { KeySchema } from './key-schema';
import { isSecret } from './list-keys';

const MAX_LENGTH = 120;
/** Greedy up to the last `@` before a slash, since a password that was not encoded may hold one. */
const URL_CREDENTIALS = /:\/\/[^\s/]*@/g;

/** Gives a value that may be shown: `[redacted]` for a secret that is set, and no credentials inside of URLs. */
export function redact(value: unknown, schema: KeySchema): unknown {
  if (isSecret(schema)) return value === '' ? value : '[redacted]';
  if (Array.isArray(value)) return value.map((item) => redact(item, schema));
  return typeof value === 'string' ? value.replaceAll(URL_CREDENTIALS, '://[redacted]@') : value;
}

/** Gives a value as text that may be shown: JSON of a bounded length. */
export function showValue(value: unknown, schema: KeySchema): string {
  const shown = redact(value, schema);
  if (isSecret(schema) && shown !== '') return String(shown);
  // JSON has no words for infinity and for what is no number.
  const text = typeof shown === 'number' ? String(shown) : (JSON.stringify(shown) ?? 'nothing');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
