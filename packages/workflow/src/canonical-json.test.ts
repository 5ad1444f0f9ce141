import { canonicalJson } from './canonical-json';
import type { JsonValue } from './json';

test('the order of keys does not change the text, that of items does', () => {
  expect(canonicalJson({ b: [2, 1], a: { d: null, c: true } })).toBe('{"a":{"c":true,"d":null},"b":[2,1]}');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test('scalars are spelled as JSON spells them', () => {
  expect(canonicalJson('a"\u2028é')).toBe(JSON.stringify('a"\u2028é'));
  expect(canonicalJson(-0)).toBe('0');
  expect(canonicalJson(1e21)).toBe('1e+21');
});

test('a value as deep as any checked document has a text', () => {
  let deep: JsonValue = 1;
  for (let depth = 0; depth < 32; depth += 1) deep = [{ key: deep }];
  expect(JSON.parse(canonicalJson(deep))).toEqual(deep);
});
