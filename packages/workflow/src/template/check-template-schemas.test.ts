import { checkTemplateSchemas } from './check-template-schemas';
import { listSteps } from './list-steps';

const check = (raw: object) => checkTemplateSchemas(raw, listSteps(raw));
const bad = { typo: 1 };

test('schemas are found wherever a template can hold one, each with its place', () => {
  const raw = {
    input_schema: { a: 1 },
    domain_events: [{ schema: { b: 1 } }, null],
    steps: [{ name: 's', result_schema: { c: 1 }, publishes_events: [{}, { schema: { d: 1 } }] }],
  };
  const paths = check(raw).map(({ path }) => path.join('.'));
  expect(paths.sort()).toEqual([
    'domain_events.0.schema.b',
    'input_schema.a',
    'steps.0.publishes_events.1.schema.d',
    'steps.0.result_schema.c',
  ]);
});

test('equal schemas are one, reported at the first', () => {
  const steps = [
    { name: 'a', result_schema: bad },
    { name: 'b', result_schema: { ...bad } },
  ];
  expect(check({ steps }).map(({ path }) => path)).toEqual([['steps', 0, 'result_schema', 'typo']]);
});

test('more than 1,000 different schemas are refused uncompiled', () => {
  const steps = Array.from({ length: 1_001 }, (_, i) => ({ name: `s${i}`, result_schema: { typo: i } }));
  expect(check({ steps })).toEqual([{ path: [], message: 'has more than 1000 different schemas' }]);
});
