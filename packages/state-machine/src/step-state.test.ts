import { isActiveStep, isStepState, isTerminalStep, STEP_STATES, satisfiesDependants } from './step-state';

test('a step has 10 states, and error is not a terminal one', () => {
  expect(new Set(STEP_STATES).size).toBe(10);
  expect(STEP_STATES.filter(isTerminalStep)).toEqual(['complete', 'cancelled', 'resolved_manually']);
});

test('a step is active from its message to the evaluation of its result', () => {
  expect(STEP_STATES.filter(isActiveStep)).toEqual([
    'enqueued',
    'in_progress',
    'enqueued_for_orchestration',
    'enqueued_as_error_for_orchestration',
  ]);
});

test('complete and manually resolved steps let their dependants start', () => {
  expect(STEP_STATES.filter(satisfiesDependants)).toEqual(['complete', 'resolved_manually']);
});

test('only the spelling of a state is a state', () => {
  expect(STEP_STATES.every(isStepState)).toBe(true);
  expect(isStepState('steps_in_process')).toBe(false);
});
