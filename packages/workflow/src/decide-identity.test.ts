import { decideIdentity, type IdentityInput } from './decide-identity';

const input: IdentityInput = {
  strategy: 'strict',
  namespace: 'shop',
  name: 'order',
  version: '1.0.0',
  context: { a: 1, b: [1, 2] },
  idempotencyKey: null,
};

const hashOf = (changes: Partial<IdentityInput>): string => {
  const decision = decideIdentity({ ...input, ...changes });
  if (decision.kind !== 'identity') throw new Error(`no identity but ${decision.kind}`);
  return decision.hash;
};

test('strict: equal contexts are one task, whatever the order of their keys', () => {
  expect(hashOf({})).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOf({ context: { b: [1, 2], a: 1 } })).toBe(hashOf({}));
  expect(hashOf({ context: { a: 1, b: [2, 1] } })).not.toBe(hashOf({}));
});

test('another namespace, name or version is another task', () => {
  const hashes = [{}, { namespace: 'shoporder', name: '' }, { name: 'x' }, { version: '2.0.0' }].map(hashOf);
  expect(new Set(hashes).size).toBe(4);
});

test.each(['strict', 'caller_provided', 'always_unique'] as const)('%s: a key decides alone', (strategy) => {
  const keyed = hashOf({ strategy, idempotencyKey: 'k1' });
  expect(hashOf({ strategy, idempotencyKey: 'k1', context: {} })).toBe(keyed);
  expect(hashOf({ strategy, idempotencyKey: 'k2' })).not.toBe(keyed);
});

test('caller_provided without a key asks for one', () => {
  expect(decideIdentity({ ...input, strategy: 'caller_provided' })).toEqual({ kind: 'missing_key' });
});

test('always_unique without a key equals no other task', () => {
  expect(decideIdentity({ ...input, strategy: 'always_unique' })).toEqual({ kind: 'unique' });
});
