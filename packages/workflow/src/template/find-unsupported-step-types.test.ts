import { stepOf } from '../testing/step-of';
import { findUnsupportedStepTypes } from './find-unsupported-step-types';

test('each step of a type that cannot run yet is an error', () => {
  expect(findUnsupportedStepTypes({ steps: [stepOf('a')] })).toEqual([]);
  expect(findUnsupportedStepTypes({ steps: [stepOf('a'), { ...stepOf('b'), type: 'decision' }] })).toEqual([
    { line: null, column: null, path: 'steps[1].type', message: "step type 'decision' is not supported yet" },
  ]);
});
