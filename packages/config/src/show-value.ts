import type { KeySchema } from './key-schema';
import { isSecret } from './list-keys';

const MAX_LENGTH = 120;

/** Gives a value as it may be shown: JSON of a bounded length, and `[redacted]` for a secret that is set. */
export function showValue(value: unknown, schema: KeySchema): string {
  if (isSecret(schema)) return value === '' ? '""' : '[redacted]';
  // JSON has no words for infinity and for what is no number.
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH)}…` : shown;
}
