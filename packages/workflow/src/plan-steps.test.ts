import { planSteps } from './plan-steps';
import { stepOf } from './testing/step-of';

const plan = (...steps: ReturnType<typeof stepOf>[]) => planSteps({ steps });

test('an empty template has an empty plan', () => {
  expect(plan()).toEqual([]);
});

test('a template that is in topological order keeps its order', () => {
  const planned = plan(stepOf('a'), stepOf('b', ['a']), stepOf('x'), stepOf('c', ['b']));
  expect(planned.map((step) => step.definition.name)).toEqual(['a', 'b', 'x', 'c']);
  expect(planned.map((step) => step.stepNo)).toEqual([1, 2, 3, 4]);
});

test('parents come before children wherever the file puts them', () => {
  const planned = plan(
    stepOf('end', ['left', 'right']),
    stepOf('right', ['top']),
    stepOf('left', ['top']),
    stepOf('top'),
  );
  expect(planned.map((step) => step.definition.name)).toEqual(['top', 'left', 'right', 'end']);
});

test('parents and children know each other by number, ascending', () => {
  const planned = plan(
    stepOf('top'),
    stepOf('left', ['top']),
    stepOf('right', ['top']),
    stepOf('end', ['right', 'left']),
  );
  expect(planned.map((step) => step.childNos)).toEqual([[2, 3], [4], [4], []]);
  expect(planned.map((step) => step.parentNos)).toEqual([[], [1], [1], [2, 3]]);
});

test('a step sees the ancestors beyond its parents, nearest first and each once', () => {
  const planned = plan(
    stepOf('a'),
    stepOf('b', ['a']),
    stepOf('c', ['b']),
    stepOf('d', ['b', 'a']),
    stepOf('e', ['c', 'd']),
    stepOf('f', ['e', 'a']),
  );
  expect(planned.map((step) => step.ancestorNames)).toEqual([[], [], ['a'], [], ['b', 'a'], ['c', 'd', 'b']]);
});

test('a chain of 10,000 steps listed backwards is planned without recursion, with 64 ancestors at most', () => {
  const steps = Array.from({ length: 10_000 }, (_, i) => stepOf(`s${i}`, i === 0 ? [] : [`s${i - 1}`])).reverse();
  const planned = plan(...steps);
  expect(planned[9_999]?.definition.name).toBe('s9999');
  expect(planned[9_999]?.ancestorNames).toHaveLength(64);
  expect(planned[9_999]?.ancestorNames[0]).toBe('s9997');
});

test('a fan-out of 10,000 steps that joins again is planned', () => {
  const middle = Array.from({ length: 10_000 }, (_, i) => stepOf(`m${i}`, ['top']));
  const planned = plan(
    stepOf('top'),
    ...middle,
    stepOf(
      'end',
      middle.map((step) => step.name),
    ),
  );
  expect(planned[0]?.childNos).toHaveLength(10_000);
  expect(planned[10_001]?.parentNos).toHaveLength(10_000);
  expect(planned[10_001]?.ancestorNames).toEqual(['top']);
});

test('a dependency that does not exist is a programming error', () => {
  expect(() => plan(stepOf('a', ['b']))).toThrow("step 'a' depends on 'b', which does not exist");
});
