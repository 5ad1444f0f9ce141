import { createHash } from 'node:crypto';

/**
 * Gives `name` when it fits, else its head, `_` and 8 hex digits of the SHA-256 of the whole, exactly `maxLength` long.
 * Two long names with the same head stay apart, and every process gets the same answer.
 */
export function shortenName(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, maxLength - 9)}_${digest}`;
}
