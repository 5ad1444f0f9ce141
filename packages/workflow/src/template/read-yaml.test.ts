import { isNestedDeeper } from './measure-nesting';
import { readYaml } from './read-yaml';

const firstError = (text: string): string => {
  const reading = readYaml(text);
  const [error] = reading.ok ? [] : reading.errors;
  return error === undefined ? 'read' : `${error.line}:${error.column} ${error.message}`;
};

const plainOf = (text: string): unknown => {
  const reading = readYaml(text);
  if (!reading.ok) throw new Error(firstError(text));
  return reading.value;
};

test('values follow the core schema: no dates, no yes and no, keys are text', () => {
  const text = 'a: 2020-01-01\nb: yes\nc: 0o17\nd: ~\ne:\n1: x\ntrue: y\n? z\n';
  const value = { a: '2020-01-01', b: 'yes', c: 15, d: null, e: null, '1': 'x', true: 'y', z: null };
  expect(plainOf(text)).toEqual(value);
});

test('an alias stands for the value of its anchor, and places inside it are those of the anchor', () => {
  const reading = readYaml('base: &base { a: 1, b: &b [2] }\nuse: *base\nlist: [*b]\n');
  if (!reading.ok) throw new Error('not read');
  expect(reading.value).toEqual({ base: { a: 1, b: [2] }, use: { a: 1, b: [2] }, list: [[2]] });
  expect(reading.locate(['use', 'b', 0], 'value')).toEqual({ line: 1, column: 28 });
  expect(reading.locate(['use'], 'value')).toEqual({ line: 2, column: 6 });
});

test('a place that is not in the text is that of its nearest container', () => {
  const reading = readYaml('a:\n  b: [1]\nc:\n');
  if (!reading.ok) throw new Error('not read');
  expect(reading.locate(['a', 'b', 7], 'value')).toEqual({ line: 2, column: 6 });
  expect(reading.locate(['a', 'x', 'y'], 'value')).toEqual({ line: 2, column: 3 });
  expect(reading.locate(['a', 'b'], 'key')).toEqual({ line: 2, column: 3 });
  expect(reading.locate(['a', 'b', 0], 'key')).toEqual({ line: 2, column: 7 });
  expect(reading.locate(['a', 'b', 0, 'x'], 'value')).toEqual({ line: 2, column: 7 });
});

test('an empty text has a place too', () => {
  const reading = readYaml('');
  expect(reading.ok && reading.locate([], 'value')).toEqual({ line: 1, column: 1 });
});

test.each([
  ['a: 1\nb: 2\na: 3', "3:1 the key 'a' is given twice"],
  ['1: a\n"1": b', "2:1 the key '1' is given twice"],
  ['a: !!js/function "x"', '1:4 Unresolved tag: tag:yaml.org,2002:js/function'],
  ['[a]: 1', '1:1 a key must be plain text'],
  ['? [b]\n: 1', '1:3 a key must be plain text'],
  ['a: &a [*a]', "1:8 the alias '*a' has no anchor before it"],
  ['a: *b', "1:4 the alias '*b' has no anchor before it"],
  ['a: [', '1:5 Flow sequence in block collection must be sufficiently indented and end with a ]'],
  [`a: &a 1\nb: [${'*a,'.repeat(101)}]`, '2:305 more than 100 aliases'],
  ['['.repeat(200_000), '1:1 the text is nested deeper than 64 levels'],
  ['{a: '.repeat(60_000), '1:1 the text is nested deeper than 64 levels'],
  ['- '.repeat(100_000), '1:1 the text is nested deeper than 64 levels'],
  ['x'.repeat(262_145), '1:1 the text is larger than 262144 bytes'],
])('a text that is no safe document is refused with its place (%#)', (text, error) => {
  expect(firstError(text)).toBe(error);
});

test('a mapping nested 600 levels deep by indentation is refused', () => {
  const text = Array.from({ length: 600 }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
  expect(firstError(text)).toBe('66:66 nested deeper than 64 levels');
});

test('a text of two documents is refused', () => {
  expect(firstError('a: 1\n---\nb: 2')).toMatch(/^2:1 /);
});

test('`<<` is a key like any other', () => {
  expect(plainOf('a: &a { x: 1 }\nb: { <<: *a }')).toEqual({ a: { x: 1 }, b: { '<<': { x: 1 } } });
});

test('`__proto__` becomes an own key and changes no prototype', () => {
  const value = plainOf('"__proto__": { x: 1 }') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect(value.x).toBeUndefined();
});

test('what stands beside each other is not nested', () => {
  expect(isNestedDeeper(`[${'[],'.repeat(1_000)}]`, 3)).toBe(false);
  expect(isNestedDeeper('- - - a\n'.repeat(100), 3)).toBe(false);
  expect(isNestedDeeper('- - - - a\n', 3)).toBe(true);
  expect(isNestedDeeper(`{${'a: 1,'.repeat(1_000)}}`, 3)).toBe(false);
});
