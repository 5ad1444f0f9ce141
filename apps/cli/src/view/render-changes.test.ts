import { at, BEGIN, stepOf, taskOf } from '../testing/task-fixtures';
import { renderChanges } from './render-changes';

const running = stepOf('pay', { current_state: 'in_progress', attempts: 1, last_attempted_at: at(100) });
const waiting = stepOf('pay', {
  ...running,
  current_state: 'waiting_for_retry',
  last_failure_at: at(150),
  error: { message: 'no answer' },
});

test('the first look tells where the task stands, and of steps that wait for their turn nothing', () => {
  expect(renderChanges(null, taskOf([running, stepOf('ship')]), BEGIN)).toEqual([
    'pay: in progress',
    'task task-1: steps_in_process',
  ]);
});

test('a look at which nothing has changed is silent', () => {
  expect(renderChanges(taskOf([running]), taskOf([running]), BEGIN)).toEqual([]);
});

test('a retry that began and failed between two looks is told', () => {
  const again = { ...waiting, attempts: 2 };
  expect(renderChanges(taskOf([waiting]), taskOf([again], { status: 'waiting_for_retry' }), BEGIN)).toEqual([
    'pay: waiting for retry (50 ms, attempt 2 of 3, no answer)',
    'task task-1: waiting_for_retry',
  ]);
});

test('stations on the way to a state are not told', () => {
  const reported = stepOf('pay', { ...running, current_state: 'enqueued_for_orchestration' });
  expect(renderChanges(taskOf([running]), taskOf([reported]), BEGIN)).toEqual([]);
});
