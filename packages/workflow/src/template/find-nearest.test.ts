import { findNearest, hintNearest } from './find-nearest';

test('the nearest candidate is found within a third of the word, two edits at least', () => {
  expect(findNearest('max_atempts', ['backoff', 'max_attempts', 'max_attempt'])).toBe('max_attempts');
  expect(findNearest('ab', ['ba'])).toBe('ba');
  expect(findNearest('limit', ['retryable', 'max_attempts'])).toBeNull();
  expect(findNearest('x'.repeat(65), ['x'.repeat(65)])).toBeNull();
});

test('a hint names it, or there is none', () => {
  expect(hintNearest('tyep', ['type'])).toEqual({ hint: "did you mean 'type'?" });
  expect(hintNearest('zzz', ['type'])).toEqual({});
});
