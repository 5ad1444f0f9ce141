import { checkStepGraph } from './check-step-graph';
import { listSteps } from './list-steps';

const messagesOf = (dependencies: Record<string, readonly string[]>): string[] => {
  const steps = Object.entries(dependencies).map(([name, names]) => ({ name, dependencies: names }));
  return checkStepGraph(listSteps({ steps })).map(({ message }) => message);
};

const cycle = (path: string) => `dependency cycle: ${path} (each depends on the next)`;
const stuck = (name: string, parent: string) =>
  `the step '${name}' can never start: it waits for '${parent}', which a cycle holds up`;

test('a DAG has no problem, and unknown dependencies are the business of another check', () => {
  expect(messagesOf({})).toEqual([]);
  expect(messagesOf({ d: ['b', 'c'], b: ['a'], c: ['a', 'nowhere'], a: [] })).toEqual([]);
});

test('a step that depends on itself is a cycle', () => {
  expect(messagesOf({ a: ['a'] })).toEqual([cycle('a → a')]);
});

test('each cycle is spelled out, and what waits behind one can never start', () => {
  expect(
    messagesOf({
      start: [],
      a: ['start', 'b'],
      b: ['c'],
      c: ['a'],
      x: ['y'],
      y: ['x'],
      after: ['start', 'c'],
      last: ['after'],
    }),
  ).toEqual([cycle('a → b → c → a'), cycle('x → y → x'), stuck('after', 'c'), stuck('last', 'after')]);
});

test('two cycles through one step leave no step unmentioned', () => {
  expect(messagesOf({ a: ['b'], b: ['a', 'c'], c: ['b'] })).toEqual([cycle('a → b → a'), stuck('c', 'b')]);
});

test('a long cycle is shortened, and 10,000 steps are checked without recursion', () => {
  const ring = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, [`s${(i + 1) % 10_000}`]]));
  const [message, ...others] = messagesOf(ring);
  expect(others).toEqual([]);
  expect(message).toContain('s19 → … (10000 steps) → s0 ');
});

test('the problem points to the list as its author spelled it', () => {
  const steps = listSteps({ steps: [{ name: 'a', depends_on: ['a'] }] });
  expect(checkStepGraph(steps)[0]?.path).toEqual(['steps', 0, 'depends_on']);
});
