import { PermanentError } from './errors';
import { toJsonResult } from './to-json-result';

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

let shared: unknown = 1;
for (let depth = 0; depth < 40; depth += 1) shared = [shared, shared, undefined];

test('nothing becomes an empty object', () => {
  expect(toJsonResult(undefined)).toEqual({});
  expect(toJsonResult(null)).toBeNull();
});

test('plain JSON is given back without a copy', () => {
  const result = { a: [1, 'x', { b: null }] };
  expect(toJsonResult(result)).toBe(result);
});

test('dates become text and undefined members are left out', () => {
  expect(toJsonResult({ at: new Date(0), gone: undefined, list: [undefined, 1] })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    list: [null, 1],
  });
});

test.each<[string, unknown, string]>([
  ['a function', { run: () => 1 }, 'at run is no JSON value (function)'],
  ['a bigint', [1n], 'at [0] is no JSON value (bigint)'],
  ['a symbol', Symbol('x'), 'result is no JSON value (symbol)'],
  ['NaN', { n: Number.NaN }, 'at n must be a finite number'],
  ['a cycle', cyclic, 'is nested deeper than 64 levels'],
  ['NUL', { text: 'a\u0000' }, 'at text must not contain the NUL character'],
  ['a Map', { map: new Map() }, 'at map is no JSON value (object of a class)'],
  ['more than 1 MiB', 'x'.repeat(1_048_577), 'is larger than 1048576 bytes of JSON'],
  ['parts shared over and over', shared, 'is '],
])('%s is a permanent failure that says where', (_, value, message) => {
  expect(() => toJsonResult(value)).toThrow(PermanentError);
  expect(() => toJsonResult(value)).toThrow(message);
});
