import { DEFAULT_JSON_LIMITS, findJsonProblem } from './json-limits';

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

test('an ordinary document is fine', () => {
  expect(findJsonProblem({ a: [1, -2.5, 'é😀', true, null, {}], b: Object.create(null) })).toBeNull();
});

test('32 levels are fine, 33 are not, and 100,000 do not overflow the stack', () => {
  expect(findJsonProblem(nested(32), DEFAULT_JSON_LIMITS)).toBeNull();
  expect(findJsonProblem(nested(33))?.message).toBe('is nested deeper than 32 levels');
  expect(findJsonProblem(nested(100_000))?.message).toBe('is nested deeper than 32 levels');
});

test('1,000 keys in an object are fine, 1,001 are not', () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
  expect(findJsonProblem(keys(1_000))).toBeNull();
  expect(findJsonProblem([keys(1_001)])).toEqual({ path: '[0]', message: 'has more than 1000 keys' });
});

test('the size is counted in bytes of UTF-8, to the byte', () => {
  expect(findJsonProblem('x'.repeat(1_048_574))).toBeNull();
  expect(findJsonProblem('x'.repeat(1_048_575))?.message).toBe('is larger than 1048576 bytes of JSON');
  expect(findJsonProblem('é'.repeat(524_288))?.message).toBe('is larger than 1048576 bytes of JSON');
  expect(findJsonProblem('\\'.repeat(600_000))?.message).toBe('is larger than 1048576 bytes of JSON');
});

test('a small document that shares its parts into a huge one is refused quickly', () => {
  let bomb: unknown = 'lol';
  for (let level = 0; level < 9; level += 1) bomb = Array(9).fill(bomb);
  expect(findJsonProblem(bomb)?.message).toBe('is larger than 1048576 bytes of JSON');
  expect(findJsonProblem(new Array(2_000_000))?.message).toBe('has more than 1048576 items');
});

test.each([
  [{ a: [{ 'b c': 'x\u0000' }] }, 'a[0]["b c"]', 'must not contain the NUL character'],
  [{ a: 'x\ud800' }, 'a', 'must not contain half a surrogate pair'],
  [{ a: { '\udc00': 1 } }, 'a', 'has a key that must not contain half a surrogate pair'],
  [JSON.parse('{"a":{"__proto__":{"x":1}}}'), 'a', "must not have the key '__proto__'"],
  [{ constructor: 1 }, '', "must not have the key 'constructor'"],
  [[{ prototype: 1 }], '[0]', "must not have the key 'prototype'"],
  [JSON.parse('{"a":1e400}'), 'a', 'must be a finite number'],
  [{ a: Number.NaN }, 'a', 'must be a finite number'],
  [{ a: undefined }, 'a', 'is no JSON value (undefined)'],
  [[1n], '[0]', 'is no JSON value (bigint)'],
  [{ a: new Map() }, 'a', 'is no JSON value (object of a class)'],
  [{ a: new Date(0) }, 'a', 'is no JSON value (object of a class)'],
])('what a database or a program cannot safely hold is refused with its place (%#)', (value, path, message) => {
  expect(findJsonProblem(value)).toEqual({ path, message });
});

test('the first problem in document order is the one reported', () => {
  expect(findJsonProblem({ a: [1, undefined], b: Number.NaN })?.path).toBe('a[1]');
});

test('nothing read from such a document reaches the prototype of objects', () => {
  findJsonProblem(JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
