import { at, BEGIN, stepOf, taskOf } from '../testing/task-fixtures';
import { renderTask } from './render-task';

const error = { message: 'the provider\ndid not answer', error_type: 'gateway_timeout' };
const steps = [
  stepOf('validate', { current_state: 'complete', attempts: 1, last_attempted_at: at(10), completed_at: at(85) }),
  stepOf('pay', {
    current_state: 'waiting_for_retry',
    attempts: 2,
    max_attempts: 4,
    last_attempted_at: at(100),
    last_failure_at: at(280),
    next_retry_at: at(2_500),
    error,
  }),
  stepOf('check_stock', { current_state: 'in_progress', attempts: 1, last_attempted_at: at(500) }),
  stepOf('ship'),
];
const options = { nowMs: BEGIN + 1_900, columns: 120, useColor: false };

test('a task is drawn with state, duration, attempts and failure of each step', () => {
  expect(renderTask(taskOf(steps), options)).toEqual([
    'shop/order 1.0.0  task-1  steps_in_process, 1 of 4 steps, 1.90 s',
    '  ✔ validate     complete           75 ms',
    '  ↻ pay          waiting for retry  180 ms, attempt 2 of 4, next in 600 ms, the provider did not answer',
    '  ● check_stock  in progress        1.40 s',
    '  · ship         pending',
  ]);
});

test('the clock of a task that is over stands still', () => {
  const [line] = renderTask(taskOf([], { status: 'complete', completed_at: at(250) }), options);
  expect(line).toBe('shop/order 1.0.0  task-1  complete, 0 of 0 steps, 250 ms');
});

test('no line is wider than the terminal', () => {
  const lines = renderTask(taskOf(steps), { ...options, columns: 50 });
  expect(lines.map((line) => line.length).every((length) => length < 50)).toBe(true);
  expect(lines[2]).toBe('  ↻ pay          waiting for retry  180 ms, atte…');
});

test('colours mark states only where they are wanted', () => {
  const [, line] = renderTask(taskOf(steps), { ...options, useColor: true });
  expect(line).toContain('\u001b[32m✔\u001b[39m validate');
  expect(renderTask(taskOf(steps), options).join('')).not.toContain('\u001b');
});

test('a failure that a running attempt has left behind is not shown', () => {
  const running = stepOf('pay', { current_state: 'in_progress', attempts: 2, last_attempted_at: at(1_000), error });
  expect(renderTask(taskOf([running]), options)[1]).toBe('  ● pay  in progress        900 ms, attempt 2 of 3');
});
