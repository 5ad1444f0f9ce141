import { applyEnvironment } from './apply-environment';
import type { RawTemplate } from './raw-template';

const template: RawTemplate = {
  name: 'a',
  namespace_name: 'n',
  version: '1.0.0',
  steps: [
    {
      name: 'one',
      handler: { callable: 'One', initialization: { url: 'live', size: 1 } },
      retry: { max_attempts: 5, backoff_base_ms: 200 },
      timeout_seconds: 10,
    },
    { name: 'two', handler: { callable: 'Two' } },
  ],
  environments: {
    test: {
      steps: [
        { name: 'one', retry: { max_attempts: 1, backoff: null }, handler: { initialization: { url: 'one' } } },
        { name: 'ALL', timeout_seconds: 3, handler: { initialization: { url: 'all', debug: true } } },
      ],
    },
    empty: {},
    '': { steps: [{ name: 'ALL', timeout_seconds: 99 }] },
  },
};

test('retry and initialization are merged key by key, and the particular override wins over ALL', () => {
  expect(applyEnvironment(template, 'test')).toEqual([
    {
      name: 'one',
      handler: { callable: 'One', initialization: { url: 'one', size: 1, debug: true } },
      retry: { max_attempts: 1, backoff_base_ms: 200 },
      timeout_seconds: 3,
    },
    {
      name: 'two',
      handler: { callable: 'Two', initialization: { url: 'all', debug: true } },
      retry: {},
      timeout_seconds: 3,
    },
  ]);
});

test.each([undefined, 'empty', 'unknown', 'toString', '__proto__'])('environment %s changes nothing', (environment) => {
  expect(applyEnvironment(template, environment)).toEqual(template.steps);
});

test('an override that says nothing of the time limit leaves it', () => {
  const environments = { test: { steps: [{ name: 'ALL', retry: { max_attempts: 2 } }] } };
  const limits = applyEnvironment({ ...template, environments }, 'test').map((step) => step.timeout_seconds);
  expect(limits).toEqual([10, null]);
});

test('a template without steps or environments has none', () => {
  expect(applyEnvironment({ name: 'a', namespace_name: 'n', version: '1.0.0' }, 'test')).toEqual([]);
});
