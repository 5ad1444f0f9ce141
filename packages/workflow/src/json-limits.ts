import { formatJsonPath, type JsonPath } from './json-path';

/** Bounds that a JSON document from outside must keep. */
export interface JsonLimits {
  /** Containers within containers, the outermost included. */
  readonly maxDepth: number;
  readonly maxKeysPerObject: number;
  /** Size of the document's shortest JSON text in UTF-8. */
  readonly maxBytes: number;
}

/** What the APIs accept: depth 32, 1,000 keys per object, 1 MiB. */
export const DEFAULT_JSON_LIMITS: JsonLimits = { maxDepth: 32, maxKeysPerObject: 1_000, maxBytes: 1_048_576 };

/** One thing that is wrong with a JSON document. */
export interface JsonProblem {
  /** Where, such as `items[3].name`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

interface Place {
  readonly parent: Place | null;
  readonly key: string | number;
}

interface Visit {
  readonly value: unknown;
  readonly place: Place | null;
  readonly depth: number;
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A problem whose place can still be followed. */
export interface JsonFault {
  readonly path: JsonPath;
  readonly message: string;
}

/**
 * The first reason why `value` cannot be stored as JSON within `limits`, or null.
 * Beyond the limits it refuses what PostgreSQL's jsonb cannot hold (NUL characters, lone surrogates), numbers that are
 * not finite, values that are no JSON, and the keys by which JavaScript objects can be tampered with.
 * Does not recurse, and visits no more than `limits.maxBytes` values, however often they are shared.
 */
export function findJsonProblem(value: unknown, limits: JsonLimits = DEFAULT_JSON_LIMITS): JsonProblem | null {
  const fault = findJsonFault(value, limits);
  return fault === null ? null : { path: formatJsonPath(fault.path), message: fault.message };
}

/** As `findJsonProblem`, with the path in parts. */
export function findJsonFault(value: unknown, limits: JsonLimits = DEFAULT_JSON_LIMITS): JsonFault | null {
  const pending: Visit[] = [{ value, place: null, depth: 1 }];
  let bytes = 0;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const message = typeof visit.value === 'object' ? openContainer(visit, limits, pending) : checkScalar(visit.value);
    if (message !== null) return { path: pathOf(visit.place), message };
    bytes += leastBytes(visit);
    if (bytes > limits.maxBytes) return tooLarge(limits);
  }
  return Buffer.byteLength(JSON.stringify(value)) > limits.maxBytes ? tooLarge(limits) : null;
}

function tooLarge(limits: JsonLimits): JsonFault {
  return { path: [], message: `is larger than ${limits.maxBytes} bytes of JSON` };
}

/** A lower bound of what the value adds to the JSON text: enough to stop early at documents that share their parts. */
function leastBytes({ value, place }: Visit): number {
  return 1 + (typeof value === 'string' ? value.length : 0) + (typeof place?.key === 'string' ? place.key.length : 0);
}

function checkScalar(value: unknown): string | null {
  if (typeof value === 'string') return checkText(value);
  if (typeof value === 'boolean') return null;
  if (typeof value !== 'number') return `is no JSON value (${typeof value})`;
  return Number.isFinite(value) ? null : 'must be a finite number';
}

function checkText(text: string): string | null {
  if (text.includes('\u0000')) return 'must not contain the NUL character';
  return LONE_SURROGATE.test(text) ? 'must not contain half a surrogate pair' : null;
}

/** Queues what an object or an array holds, last first, so that problems are found in document order. */
function openContainer({ value, place, depth }: Visit, limits: JsonLimits, pending: Visit[]): string | null {
  if (value === null) return null;
  if (depth > limits.maxDepth) return `is nested deeper than ${limits.maxDepth} levels`;
  if (Array.isArray(value)) {
    if (value.length > limits.maxBytes) return `has more than ${limits.maxBytes} items`;
    for (let key = value.length - 1; key >= 0; key -= 1) {
      pending.push({ value: value[key], place: { parent: place, key }, depth: depth + 1 });
    }
    return null;
  }
  return openObject(value as object, place, depth, limits, pending);
}

function openObject(
  value: object,
  place: Place | null,
  depth: number,
  limits: JsonLimits,
  pending: Visit[],
): string | null {
  if (!isPlainObject(value)) return 'is no JSON value (object of a class)';
  const entries = Object.entries(value);
  if (entries.length > limits.maxKeysPerObject) return `has more than ${limits.maxKeysPerObject} keys`;
  for (const [key, member] of entries.reverse()) {
    const message = checkKey(key);
    if (message !== null) return message;
    pending.push({ value: member, place: { parent: place, key }, depth: depth + 1 });
  }
  return null;
}

function checkKey(key: string): string | null {
  if (FORBIDDEN_KEYS.has(key)) return `must not have the key '${key}'`;
  const message = checkText(key);
  return message === null ? null : `has a key that ${message}`;
}

/** Compares no prototype with this realm's, since values may come from another one (`vm`). */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function pathOf(place: Place | null): JsonPath {
  const path: (string | number)[] = [];
  for (let at = place; at !== null; at = at.parent) path.unshift(at.key);
  return path;
}
