import { findNearestKey, findNearestWord } from './find-nearest-key';

const KNOWN = ['database.url', 'hybrid.polling_interval_ms', 'hybrid.enabled', 'worker.lease_ms'];

test('a word is near when a third of its letters differ at most, and its case does not count', () => {
  expect(findNearestWord('max_atempts', ['backoff', 'max_attempts'])).toBe('max_attempts');
  expect(findNearestWord('HYBRID', ['Hybrid', 'Hybris'])).toBe('Hybrid');
  expect(findNearestWord('limit', ['retryable', 'max_attempts'])).toBeNull();
  expect(findNearestWord('x'.repeat(65), ['x'.repeat(65)])).toBeNull();
  expect(findNearestWord('a', [])).toBeNull();
});

test('a key is looked for in its table, then by its name in others, then among all', () => {
  expect(findNearestKey(['hybrid', 'poling_interval_ms'], KNOWN)).toBe('hybrid.polling_interval_ms');
  expect(findNearestKey(['hybird'], KNOWN)).toBe('hybrid');
  expect(findNearestKey(['worker', 'polling_interval_ms'], KNOWN)).toBe('hybrid.polling_interval_ms');
  expect(findNearestKey(['wrker', 'leas_ms'], KNOWN)).toBe('worker.lease_ms');
  expect(findNearestKey(['nothing', 'like_it'], KNOWN)).toBeNull();
});
