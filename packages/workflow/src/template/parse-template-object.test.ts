import { parseTemplate, parseTemplateObject } from './parse-template';

const value = { name: 'a', namespace_name: 'n', version: '1.0.0' };

test('gives the same template as the text does', () => {
  expect(parseTemplateObject(value)).toEqual(parseTemplate(JSON.stringify(value)));
});

test('gives errors with paths and no positions', () => {
  expect(parseTemplateObject({ ...value, steps: [{}] }, { fileName: 'body' })).toEqual({
    ok: false,
    errors: [
      { file: 'body', line: null, column: null, path: 'steps[0]', message: "'name' is required" },
      { file: 'body', line: null, column: null, path: 'steps[0]', message: "'handler' is required" },
    ],
  });
});

test('refuses what is no JSON at all', () => {
  expect(parseTemplateObject(undefined).ok).toBe(false);
  expect(parseTemplateObject(new Map()).ok).toBe(false);
});

test('takes 10,000 steps in a chain', () => {
  const steps = Array.from({ length: 10_000 }, (_, i) => ({
    name: `s${i}`,
    handler: { callable: 'H' },
    dependencies: i === 0 ? [] : [`s${i - 1}`],
  }));
  const parsed = parseTemplateObject({ ...value, steps });
  expect(parsed.ok && parsed.template.steps.length).toBe(10_000);
});

const PIECES: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e308,
  '',
  'a',
  'ALL',
  'decision',
  '__proto__',
  true,
  [],
  {},
  ['a', 'a'],
  [null],
  [[]],
  { name: 'a' },
  { name: 'b', handler: { callable: 'B' }, dependencies: ['a'] },
  { type: 'object' },
  { steps: [{ name: 'a' }] },
  { worker_template: 'a' },
  { $ref: '#' },
  { pattern: '(' },
  { initialization: { worker_template_name: 'b' } },
];
const KEYS = [
  'name',
  'namespace_name',
  'version',
  'steps',
  'environments',
  'lifecycle',
  'input_schema',
  'domain_events',
  'handler',
  'type',
  'step_type',
  'dependencies',
  'depends_on',
  'retry',
  'batch_config',
  'publishes_events',
  'result_schema',
  'x-y',
  'z',
];

/** Deterministic, so that a failure can be repeated (Park and Miller, CACM 31, 1988). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function mangle(base: unknown, random: (below: number) => number): unknown {
  if (Array.isArray(base))
    return [...base.map((item) => mangle(item, random)), ...(random(9) ? [] : [PIECES[random(PIECES.length)]])];
  if (typeof base !== 'object' || base === null) return random(40) ? base : PIECES[random(PIECES.length)];
  const members = Object.entries(base).map(([key, member]) => [
    key,
    random(40) ? mangle(member, random) : PIECES[random(PIECES.length)],
  ]);
  if (random(20) === 0) members.push([KEYS[random(KEYS.length)], PIECES[random(PIECES.length)]]);
  return Object.fromEntries(members);
}

test('whatever arrives is answered with a template or with errors, never with an exception', () => {
  const random = createRandom(7);
  const base = {
    ...value,
    input_schema: { type: 'object', properties: { a: { type: 'string' } } },
    steps: [
      { name: 'a', handler: { callable: 'A', initialization: { x: 1 } }, retry: { max_attempts: 3 } },
      {
        name: 'b',
        handler: { callable: 'B' },
        depends_on: ['a'],
        publishes_events: [{ name: 'a.b', description: 'd', schema: {} }],
      },
    ],
    environments: { test: { steps: [{ name: 'ALL', retry: { max_attempts: 1 } }] } },
  };
  const counts = { ok: 0, refused: 0 };
  for (let round = 0; round < 250; round += 1) {
    const parsed = parseTemplateObject(mangle(base, random), { environment: 'test' });
    if (parsed.ok) counts.ok += 1;
    else if (parsed.errors.length > 0) counts.refused += 1;
  }
  expect(counts.ok + counts.refused).toBe(250);
  expect(Math.min(counts.ok, counts.refused)).toBeGreaterThan(20);
});
