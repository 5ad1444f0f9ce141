import { isTerminalTask, TASK_STATES } from './task-state';
import { canTaskMove, listTaskTransitions, nextTaskState, TASK_EVENTS, taskTargets } from './task-transitions';

const SPECIFIED = `
pending start initializing
initializing ready_steps_found enqueuing_steps
initializing no_steps_found complete
initializing no_dependencies_ready waiting_for_dependencies
enqueuing_steps steps_enqueued steps_in_process
enqueuing_steps enqueue_failed error
steps_in_process step_completed evaluating_results
steps_in_process all_steps_completed evaluating_results
steps_in_process step_failed waiting_for_retry
evaluating_results all_steps_successful complete
evaluating_results ready_steps_found enqueuing_steps
evaluating_results no_dependencies_ready waiting_for_dependencies
evaluating_results only_retries_pending waiting_for_retry
evaluating_results steps_still_running steps_in_process
evaluating_results permanent_failure blocked_by_failures
waiting_for_dependencies dependencies_ready evaluating_results
waiting_for_retry retry_ready enqueuing_steps
blocked_by_failures give_up error
blocked_by_failures manual_resolution resolved_manually
blocked_by_failures operator_fixed_step evaluating_results
error reset pending
error reset evaluating_results`;

const NON_TERMINAL = [
  'pending',
  'initializing',
  'enqueuing_steps',
  'steps_in_process',
  'evaluating_results',
  'waiting_for_dependencies',
  'waiting_for_retry',
  'blocked_by_failures',
];

test('the table holds the specified transitions and no other', () => {
  const expected = SPECIFIED.trim().split('\n');
  for (const from of NON_TERMINAL) {
    expected.push(`${from} cancel cancelled`, `${from} resolve_manually resolved_manually`, `${from} timeout error`);
  }
  const listed = listTaskTransitions().map(({ from, event, to }) => `${from} ${event} ${to}`);
  expect([...listed].sort()).toEqual([...expected].sort());
});

test('the list and the look-ups agree for every state, event and target', () => {
  const listed = new Set(listTaskTransitions().map(({ from, event, to }) => `${from} ${event} ${to}`));
  for (const from of TASK_STATES) {
    for (const event of TASK_EVENTS) {
      const targets = TASK_STATES.filter((to) => listed.has(`${from} ${event} ${to}`));
      expect(TASK_STATES.filter((to) => canTaskMove(from, event, to))).toEqual(targets);
      expect(nextTaskState(from, event)).toBe(targets.length === 1 ? targets[0] : null);
    }
  }
});

test('every event leads somewhere', () => {
  expect(new Set(listTaskTransitions().map(({ event }) => event))).toEqual(new Set(TASK_EVENTS));
});

test('nothing leaves a terminal state but the reset of a failed task, whose target the caller chooses', () => {
  const leaving = listTaskTransitions().filter(({ from }) => isTerminalTask(from));
  expect(leaving.map(({ from, event }) => `${from} ${event}`)).toEqual(['error reset', 'error reset']);
  expect(taskTargets('error', 'reset')).toEqual(['pending', 'evaluating_results']);
  expect(nextTaskState('error', 'reset')).toBeNull();
});
