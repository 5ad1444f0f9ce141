import { parseStepId, parseTaskId } from './ids';

const id = '0190a000-0000-7000-8000-000000000001';

describe.each([
  ['parseTaskId', parseTaskId],
  ['parseStepId', parseStepId],
])('%s', (_name, parse) => {
  test('accepts a UUID and lowers its case', () => {
    expect(parse(id.toUpperCase())).toBe(id);
  });

  test('refuses anything else', () => {
    expect(parse('no-uuid')).toBeNull();
    expect(parse(`${id}0`)).toBeNull();
  });
});
