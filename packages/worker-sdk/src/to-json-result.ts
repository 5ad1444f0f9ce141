import { findJsonProblem, type JsonLimits, type JsonValue } from '@tasker/workflow';
import { PermanentError } from './errors';

/** What a step's result may be at most: 1 MiB of JSON, nested 64 deep, 100,000 keys in one object. */
export const RESULT_LIMITS: JsonLimits = { maxBytes: 1_048_576, maxDepth: 64, maxKeysPerObject: 100_000 };

/**
 * Gives what a handler returned as JSON, by the rules of `JSON.stringify`: undefined members are left out, `toJSON` is
 * asked (dates become text). Nothing returned becomes `{}`. Plain JSON is given back as it is, without a copy.
 * @throws {PermanentError} of type `validation_error` that says where, for functions, symbols, bigints, numbers that
 * are not finite, cycles, objects of a class, what PostgreSQL cannot hold (NUL, half surrogate pairs), and too much
 */
export function toJsonResult(value: unknown): JsonValue {
  if (value === undefined) return {};
  if (findJsonProblem(value, RESULT_LIMITS) === null) return value as JsonValue;
  const plain = simplify(value, 1, { left: RESULT_LIMITS.maxBytes });
  const problem = findJsonProblem(plain, RESULT_LIMITS);
  if (problem === null) return plain as JsonValue;
  const place = problem.path === '' ? "the handler's result" : `the handler's result at ${problem.path}`;
  throw new PermanentError(`${place} ${problem.message}`, { errorType: 'validation_error' });
}

/** Applies `toJSON` and drops undefined members. Stops at the limits and leaves the complaint to `findJsonProblem`. */
function simplify(value: unknown, depth: number, budget: { left: number }): unknown {
  budget.left -= 1;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > RESULT_LIMITS.maxDepth || budget.left < 0) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return simplify(value.toJSON(), depth + 1, budget);
  if (Array.isArray(value)) {
    return value.map((item) => (item === undefined ? null : simplify(item, depth + 1, budget)));
  }
  if (isOfClass(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, simplify(member, depth + 1, budget)]));
}

function isOfClass(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}
