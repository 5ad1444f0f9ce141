import type { TaskTemplate } from './task-template';
import { templateContentHash } from './template-content-hash';
import { stepOf } from './testing/step-of';

const template: TaskTemplate = {
  namespace: 'shop',
  name: 'order',
  version: '1.0.0',
  description: null,
  metadata: { b: 1, a: 2 },
  systemDependencies: { primary: 'default', secondary: [] },
  domainEvents: [],
  inputSchema: null,
  identityStrategy: 'strict',
  lifecycle: {
    maxDurationMinutes: null,
    maxWaitingForDependenciesMinutes: null,
    maxWaitingForRetryMinutes: null,
    maxStepsInProcessMinutes: null,
    stalenessAction: 'dlq',
    autoFailOnTimeout: null,
    autoDlqOnTimeout: null,
  },
  steps: [stepOf('a'), stepOf('b', ['a'])],
};

test('the hash is 64 hexadecimal digits and does not depend on the order of keys', () => {
  expect(templateContentHash(template)).toMatch(/^[0-9a-f]{64}$/);
  expect(templateContentHash({ ...template, metadata: { a: 2, b: 1 } })).toBe(templateContentHash(template));
});

test('any change of content changes the hash', () => {
  const hashes = [template, { ...template, version: '1.0.1' }, { ...template, steps: [...template.steps].reverse() }];
  expect(new Set(hashes.map(templateContentHash)).size).toBe(3);
});
