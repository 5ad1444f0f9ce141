import { InvalidSchemaError } from '../errors';
import { compileInputSchema } from './compile-input-schema';

const validate = compileInputSchema({
  type: 'object',
  required: ['id', 'items'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    kind: { enum: ['sale', 'refund'] },
    items: { type: 'array', items: { type: 'string' } },
    closed: { type: 'object', additionalProperties: false },
  },
});

test('a context as the schema demands has no problem', () => {
  expect(validate({ id: 1, items: ['a'], extra: true })).toEqual([]);
});

test('a small context gets all its problems, each with its place', () => {
  expect(validate({ id: 0, kind: 'gift', items: ['a', 1], closed: { x: 1 } })).toEqual([
    { path: 'id', message: 'must be >= 1' },
    { path: 'kind', message: 'must be one of "sale", "refund"' },
    { path: 'items[1]', message: 'must be string' },
    { path: 'closed', message: "unknown key 'x'" },
  ]);
  expect(validate({ id: 1 })).toEqual([{ path: '', message: "'items' is required" }]);
});

test('the list of problems is bounded: 20 for a small context, one for a large one', () => {
  expect(validate({ id: 1, items: Array(100).fill(1) })).toHaveLength(20);
  expect(validate({ id: 1, items: Array(20_000).fill(1) })).toHaveLength(1);
});

test('a schema that cannot be compiled is a programming error', () => {
  expect(() => compileInputSchema({ type: 'nothing' })).toThrow(InvalidSchemaError);
});

test('validating neither changes the context nor fills in defaults', () => {
  const context = Object.freeze({});
  expect(compileInputSchema({ properties: { a: { default: 1 } } })(context)).toEqual([]);
});
