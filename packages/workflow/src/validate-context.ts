import type { JsonObject } from './json';
import { findJsonProblem } from './json-limits';

/** A context that may be stored, or the first reason against it. */
export type ContextCheck =
  | { readonly ok: true; readonly context: JsonObject }
  | { readonly ok: false; readonly path: string; readonly message: string };

/**
 * Checks a task's context: a JSON object of depth ≤ 32, ≤ 1,000 keys per object, ≤ 1 MiB of UTF-8, that the
 * database can hold (see `findJsonProblem`). The context is given back as it is, not copied.
 */
export function validateContext(value: unknown): ContextCheck {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, path: '', message: 'must be an object' };
  }
  const problem = findJsonProblem(value);
  return problem === null ? { ok: true, context: value as JsonObject } : { ok: false, ...problem };
}
