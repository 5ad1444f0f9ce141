import { createSchemaCompiler } from './create-schema-compiler';

const compile = createSchemaCompiler();
const problemOf = (schema: Record<string, unknown>) => {
  const compilation = compile(schema);
  return compilation.ok ? null : { path: compilation.path, message: compilation.message };
};

test('ordinary schemas compile, also twice under one $id, with unions and properties of no stated type', () => {
  expect(problemOf({})).toBeNull();
  expect(problemOf({ $id: 'https://x.test/a', type: 'object' })).toBeNull();
  expect(problemOf({ $id: 'https://x.test/a', type: 'string' })).toBeNull();
  expect(problemOf({ properties: { a: { type: ['string', 'null'], format: 'uuid' } }, required: ['b'] })).toBeNull();
  expect(problemOf({ $defs: { n: { items: { $ref: '#/$defs/n' } } }, $ref: '#/$defs/n' })).toBeNull();
});

test('a misspelt keyword is found where it stands', () => {
  const schema = { type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { maxLenght: 3 }] } } };
  const path = ['properties', 'a', 'anyOf', 1, 'maxLenght'];
  expect(problemOf(schema)).toEqual({ path, message: "unknown schema keyword 'maxLenght'" });
});

test.each([
  [{ type: 'objekt' }, /schema is invalid/],
  [{ type: 'string', format: 'mail' }, /unknown format "mail"/],
  [{ $ref: 'https://x.test/remote.json' }, /can't resolve reference/],
  [{ type: 'string', pattern: '(' }, /missing closing \)/],
  [{ type: 'string', pattern: '(?=a)b' }, /unsupported Perl syntax/],
  [{ type: 'string', pattern: '(a)\\1' }, /invalid escape sequence/],
  [{ type: 'string', pattern: 'a'.repeat(1_001) }, /pattern is longer than 1000 characters/],
  [{ $async: true }, /must not be asynchronous/],
  [{ const: { $data: '1/a' }, description: 'x'.repeat(65_536) }, /the schema is larger than 65536 bytes/],
  [{ 'bad"key': 1 }, /unknown schema keyword 'bad"key'/],
])('a schema that is wrong or not safe is refused (%#)', (schema, message) => {
  expect(problemOf(schema)?.message).toMatch(message);
});

test('a schema of 5,000 levels is refused before anything recurses into it', () => {
  let schema: Record<string, unknown> = {};
  for (let level = 0; level < 5_000; level += 1) schema = { not: schema };
  expect(problemOf(schema)?.message).toBe('the schema is nested deeper than 32 levels');
});

test('a pattern that keeps a back-tracking engine busy for hours is matched at once', () => {
  const compilation = compile({
    type: 'object',
    properties: { aaaa: { type: 'string', pattern: '^(a+)+$' } },
    patternProperties: { '^(a|a)*$': { type: 'string' } },
    additionalProperties: false,
  });
  if (!compilation.ok) throw new Error(compilation.message);
  expect(compilation.validate({ aaaa: `${'a'.repeat(50_000)}!` })).toBe(false);
  expect(compilation.validate({ [`${'a'.repeat(50_000)}!`]: 'x' })).toBe(false);
  expect(compilation.validate({ aaaa: 'aaaa' })).toBe(true);
});

test("JavaScript's own spellings in patterns are understood", () => {
  const compilation = compile({ type: 'string', pattern: '^\\d{3}-\\u00e9\\/(?<name>[\\w-]+)$' });
  expect(compilation.ok && compilation.validate('123-é/a-b')).toBe(true);
});

test('each pattern is matched by its own expression', () => {
  const properties = { a: { pattern: '^a$' }, b: { pattern: '^b$' } };
  const compilation = compile({ properties });
  expect(compilation.ok && compilation.validate({ a: 'a', b: 'b' })).toBe(true);
  expect(compilation.ok && compilation.validate({ a: 'b', b: 'b' })).toBe(false);
  expect(compilation.ok && compilation.validate({ a: 'a', b: 'a' })).toBe(false);
});
