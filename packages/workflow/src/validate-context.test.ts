import { validateContext } from './validate-context';

test('an object is given back as it is', () => {
  const context = { online: true, script: '<script>' };
  const check = validateContext(context);
  expect(check).toEqual({ ok: true, context });
  expect(check.ok && check.context).toBe(context);
});

test.each([null, [], 'text', 1, undefined])('%j is no context', (value) => {
  expect(validateContext(value)).toEqual({ ok: false, path: '', message: 'must be an object' });
});

test('a problem inside is reported with its place', () => {
  expect(validateContext({ a: [Number.NaN] })).toEqual({ ok: false, path: 'a[0]', message: 'must be a finite number' });
});
