import { isActiveTask, isTaskState, isTerminalTask, TASK_STATES } from './task-state';

test('a task has 12 states, four of them terminal', () => {
  expect(new Set(TASK_STATES).size).toBe(12);
  expect(TASK_STATES.filter(isTerminalTask)).toEqual(['complete', 'error', 'cancelled', 'resolved_manually']);
});

test('a task is active from its initialization until its results are evaluated', () => {
  expect(TASK_STATES.filter(isActiveTask)).toEqual([
    'initializing',
    'enqueuing_steps',
    'steps_in_process',
    'evaluating_results',
  ]);
});

test('only the spelling of a state is a state', () => {
  expect(TASK_STATES.every(isTaskState)).toBe(true);
  expect(isTaskState('Pending')).toBe(false);
  expect(isTaskState('toString')).toBe(false);
});
