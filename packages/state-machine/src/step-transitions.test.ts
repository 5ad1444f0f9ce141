import { isTerminalStep, STEP_STATES } from './step-state';
import { canStepMove, listStepTransitions, nextStepState, STEP_EVENTS, stepTargets } from './step-transitions';

const SPECIFIED = `
pending enqueue enqueued
pending fail error
enqueued start in_progress
enqueued fail error
in_progress enqueue_for_orchestration enqueued_for_orchestration
in_progress enqueue_as_error_for_orchestration enqueued_as_error_for_orchestration
in_progress lease_expired waiting_for_retry
in_progress lease_expired error
enqueued_for_orchestration complete complete
enqueued_as_error_for_orchestration wait_for_retry waiting_for_retry
enqueued_as_error_for_orchestration fail error
waiting_for_retry retry pending
error reset_for_retry pending`;

const NON_TERMINAL = [
  'pending',
  'enqueued',
  'in_progress',
  'enqueued_for_orchestration',
  'enqueued_as_error_for_orchestration',
  'waiting_for_retry',
  'error',
];

test('the table holds the specified transitions and no other', () => {
  const expected = SPECIFIED.trim().split('\n');
  for (const from of NON_TERMINAL) {
    expected.push(`${from} cancel cancelled`, `${from} resolve_manually resolved_manually`);
    expected.push(`${from} complete_manually complete`);
  }
  const listed = listStepTransitions().map(({ from, event, to }) => `${from} ${event} ${to}`);
  expect([...listed].sort()).toEqual([...expected].sort());
});

test('the list and the look-ups agree for every state, event and target', () => {
  const listed = new Set(listStepTransitions().map(({ from, event, to }) => `${from} ${event} ${to}`));
  for (const from of STEP_STATES) {
    for (const event of STEP_EVENTS) {
      const targets = STEP_STATES.filter((to) => listed.has(`${from} ${event} ${to}`));
      expect(STEP_STATES.filter((to) => canStepMove(from, event, to))).toEqual(targets);
      expect(nextStepState(from, event)).toBe(targets.length === 1 ? targets[0] : null);
    }
  }
});

test('every event leads somewhere', () => {
  expect(new Set(listStepTransitions().map(({ event }) => event))).toEqual(new Set(STEP_EVENTS));
});

test('nothing leaves a terminal state', () => {
  expect(listStepTransitions().filter(({ from }) => isTerminalStep(from))).toEqual([]);
});

test('an expired lease leads to a retry or to an error, as the caller decides', () => {
  expect(stepTargets('in_progress', 'lease_expired')).toEqual(['waiting_for_retry', 'error']);
  expect(nextStepState('in_progress', 'lease_expired')).toBeNull();
});
