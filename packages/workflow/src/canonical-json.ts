import type { JsonValue } from './json';

/**
 * The one JSON text of a value: object keys sorted by UTF-16 code units, array order kept, no spaces. Equal values give
 * equal texts whatever order their keys came in. Meant for values checked by `findJsonProblem`; recursion goes as
 * deep as the value.
 * Source: RFC 8785.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
