import type { TemplateError } from '../template-error';
import { parseTemplate } from './parse-template';

const head = 'name: ship_order\nnamespace_name: shop\nversion: "1.0.0"\n';

const errorsOf = (yaml: string): readonly TemplateError[] => {
  const parsed = parseTemplate(yaml);
  return parsed.ok ? [] : parsed.errors;
};

const briefly = (errors: readonly TemplateError[]) =>
  errors.map(({ line, column, path, message, hint }) =>
    [`${line}:${column}`, path, message, hint].filter((part) => part !== undefined && part !== '').join(' | '),
  );

test('the smallest template gets every default', () => {
  expect(parseTemplate(`${head}steps:\n  - name: a\n    handler: { callable: A }\n`)).toEqual({
    ok: true,
    template: {
      namespace: 'shop',
      name: 'ship_order',
      version: '1.0.0',
      description: null,
      metadata: {},
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
      steps: [
        {
          name: 'a',
          description: null,
          type: 'standard',
          handler: { callable: 'A', method: null, resolver: null, initialization: {} },
          dependencies: [],
          retry: { retryable: true, maxAttempts: null, backoff: null, backoffBaseMs: null, maxBackoffMs: null },
          timeoutMs: null,
          resultSchema: null,
          systemDependency: null,
          publishesEvents: [],
          batchConfig: null,
        },
      ],
    },
  });
});

test('an optional key without a value means the same as no key', () => {
  const silent = 'description:\nmetadata:\nlifecycle:\nidentity_strategy:\nenvironments:\nsteps:\n';
  expect(parseTemplate(head + silent)).toEqual(parseTemplate(head));
});

test('all mistakes are reported at once, in the order of the text, each with its place and what was meant', () => {
  const text = `name: ' ship'
namespace_name: Shop
version: 1.0
metadta: {}
identity_strategy: strikt
input_schema: { type: object, propertes: {} }
steps:
  - name: check_stock
    handler: { callable: CheckStock }
    retry: { max_attempts: 400, limit: 3 }
    timeout_seconds: 30s
  - name: pack
    dependencies: [check_stok]
    handler: {}
  - 7
`;
  expect(briefly(errorsOf(text))).toEqual([
    '1:7 | name | must be one line without spaces around it',
    '2:17 | namespace_name | must be lower-case letters, digits and underscores, and not start with a digit (it becomes part of a queue name)',
    '3:10 | version | must be a string, not a number | put it in quotes',
    "4:1 | metadta | unknown key 'metadta' | did you mean 'metadata'?",
    "5:20 | identity_strategy | must be one of strict, caller_provided, always_unique | did you mean 'strict'?",
    "6:42 | input_schema.propertes | unknown schema keyword 'propertes'",
    '10:28 | steps[0].retry.max_attempts | must be between 1 and 100, not 400',
    "10:33 | steps[0].retry.limit | unknown key 'limit' | known keys: retryable, max_attempts, backoff, backoff_base_ms, max_backoff_ms",
    '11:22 | steps[0].timeout_seconds | must be an integer, not a string',
    "13:20 | steps[1].dependencies[0] | there is no step 'check_stok' | did you mean 'check_stock'?",
    "14:14 | steps[1].handler | 'callable' is required",
    '15:5 | steps[2] | must be an object, not a number',
  ]);
});

test.each([
  ['[]', 'must be an object, not an array'],
  ['text', 'must be an object, not a string'],
  ['', 'must be an object, not null'],
])('%j is no template', (yaml, message) => {
  expect(errorsOf(yaml)).toEqual([{ line: 1, column: 1, path: '', message }]);
});

test.each([
  ['namespace_name: n23456789012345678901234567890', 'must have 1 to 29 characters'],
  ['version: 01.0.0', 'must be a semantic version such as 1.0.0 or 2.1.0-beta.1'],
  ['version: "1.0"', 'must be a semantic version such as 1.0.0 or 2.1.0-beta.1'],
  ['description: {}', 'must be a string, not an object'],
  ['steps: {}', 'must be an array, not an object'],
  ['lifecycle: { auto_fail_on_timeout: 1 }', 'must be a boolean, not a number'],
  ['lifecycle: { max_duration_minutes: 0 }', 'must be between 1 and 43200, not 0'],
  ['domain_events: [{ name: single }]', 'must be lower-case words joined by dots, such as order.shipped'],
  ['composition: {}', "unknown key 'composition'"],
])('%s is refused', (line, message) => {
  const others = head.split('\n').filter((other) => other.split(':')[0] !== line.split(':')[0]);
  expect(errorsOf([...others, line].join('\n')).map((error) => error.message)).toEqual([message]);
});

test('a text that is no YAML is refused before anything else is looked at', () => {
  expect(briefly(errorsOf(`${head}steps: [{ name: a }\n`))).toEqual([
    expect.stringMatching(/^5:1 \| Flow sequence in block collection must be sufficiently indented/),
  ]);
});

test('limits and dangerous keys are refused where they stand', () => {
  expect(briefly(errorsOf(`${head}metadata:\n  "__proto__": { x: 1 }\n`))).toEqual([
    "5:3 | metadata | must not have the key '__proto__'",
  ]);
  expect(briefly(errorsOf(`${head}metadata: { a: .inf }\n`))).toEqual(['4:16 | metadata.a | must be a finite number']);
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  expect(errorsOf(`${head}metadata: { a: ${deep} }\n`)[0]?.message).toBe('is nested deeper than 32 levels');
});

test('a flood of mistakes is cut at 100', () => {
  const steps = Array.from({ length: 500 }, (_, i) => `  - { name: s${i}, dependencies: [t${i}] }`).join('\n');
  expect(errorsOf(`${head}steps:\n${steps}\n`)).toHaveLength(100);
});

test('errors carry the name of the file', () => {
  const parsed = parseTemplate('', { fileName: 'ship.yaml' });
  expect(parsed.ok ? [] : parsed.errors.map((error) => error.file)).toEqual(['ship.yaml']);
  expect(parseTemplate(head, { fileName: 'ship.yaml' }).ok).toBe(true);
});
