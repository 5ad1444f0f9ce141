import { checkStepNames } from './check-step-names';
import { listSteps } from './list-steps';

const check = (raw: object) => checkStepNames(raw, listSteps(raw));

test('unique names, known dependencies and known overrides are fine', () => {
  const steps = [{ name: 'a' }, { name: 'b', dependencies: ['a'] }];
  expect(check({ steps, environments: { test: { steps: [{ name: 'b' }, { name: 'ALL' }] } } })).toEqual([]);
});

test('a name used twice is reported with its first use', () => {
  expect(check({ steps: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] })).toEqual([
    { path: ['steps', 2, 'name'], message: "the step name 'a' is already that of steps[0]" },
  ]);
});

test('ALL is no name for a step', () => {
  expect(check({ steps: [{ name: 'ALL' }] })[0]?.message).toBe(
    "'ALL' stands for every step in overrides and names none",
  );
});

test('unknown and repeated dependencies are reported', () => {
  expect(check({ steps: [{ name: 'first' }, { name: 'b', depends_on: ['first', 'frist', 'first', 3] }] })).toEqual([
    { path: ['steps', 1, 'depends_on', 1], message: "there is no step 'frist'", hint: "did you mean 'first'?" },
    { path: ['steps', 1, 'depends_on', 2], message: "the dependency 'first' is given twice" },
  ]);
});

test('an override of an unknown step is reported in any environment', () => {
  const environments = { test: { steps: [{ name: 'x' }, {}, 1] }, live: { steps: 7 }, none: null };
  expect(check({ steps: [{ name: 'ship_order' }], environments })).toEqual([
    { path: ['environments', 'test', 'steps', 0, 'name'], message: "there is no step 'x'" },
  ]);
});

test('thousands of wrong names get no more hints than can be reported', () => {
  const steps = Array.from({ length: 300 }, (_, i) => ({ name: `step${i}`, dependencies: [`stop${i}`] }));
  const hints = check({ steps }).filter(({ hint }) => hint !== undefined);
  expect(hints).toHaveLength(100);
});

test('steps that are no list, and steps without a name, are passed over', () => {
  expect(listSteps({ steps: 'x' })).toEqual([]);
  expect(listSteps(null)).toEqual([]);
  expect(listSteps({ steps: [null, 1, {}, { name: 1 }] })).toEqual([]);
});
