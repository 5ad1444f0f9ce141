import { formatJsonPath, parseJsonPointer } from './json-path';

test('plain keys are joined with dots, indexes and other keys stand in brackets', () => {
  expect(formatJsonPath([])).toBe('');
  expect(formatJsonPath(['steps', 2, 'retry', 'max_attempts'])).toBe('steps[2].retry.max_attempts');
  expect(formatJsonPath([0, 'a b', ''])).toBe('[0]["a b"][""]');
});

test('a pointer gives indexes for arrays and keys for objects', () => {
  const root = { 'a/b': [{ '0': { '~': 1 } }] };
  expect(parseJsonPointer('/a~1b/0/0/~0', root)).toEqual(['a/b', 0, '0', '~']);
  expect(parseJsonPointer('', root)).toEqual([]);
});
