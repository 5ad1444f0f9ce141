import { createMemoryConsole } from '../testing/memory-console';
import { at, BEGIN, stepOf, taskOf } from '../testing/task-fixtures';
import { adviseOperator } from './advise-operator';
import { formatDuration } from './format-duration';
import { createLiveArea } from './live-area';
import { renderLogLine } from './render-log-line';
import { renderTable } from './render-table';
import { renderTimings } from './render-timings';

test.each([
  [-5, '0 ms'],
  [999.4, '999 ms'],
  [1_240, '1.24 s'],
  [185_000, '3 min 5 s'],
  [7_800_000, '2 h 10 min'],
])('%d milliseconds read as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('columns of a table are aligned, numbers to the right', () => {
  expect(
    renderTable(
      ['NAME', '>STEPS'],
      [
        ['order', '6'],
        ['a', '1000'],
      ],
    ),
  ).toEqual(['NAME   STEPS', 'order      6', 'a       1000']);
});

test('drawing again begins where the drawing before began', () => {
  const { stdout, output } = createMemoryConsole();
  const area = createLiveArea(stdout);
  area.draw(['one', 'two']);
  area.draw(['three']);
  expect(output()).toBe('one\ntwo\n\u001b[2A\u001b[1G\u001b[0Jthree\n');
});

test('what is too high for the terminal is left out and counted', () => {
  const { stdout, output } = createMemoryConsole();
  createLiveArea(Object.assign(stdout, { rows: 4 })).draw(['1', '2', '3', '4', '5']);
  expect(output()).toBe('1\n2\n  … and 3 more\n');
});

test('a log line for machines becomes one for people', () => {
  const line = JSON.stringify({
    level: 'warn',
    message: 'listener lost',
    timestamp: '2026-01-31T12:00:00.123Z',
    service: 'worker',
    attempt: 2,
    mode: 'Hybrid',
  });
  expect(renderLogLine('worker', line, false)).toBe(
    'worker        | 12:00:00.123 WARN  listener lost attempt=2 mode=Hybrid',
  );
  expect(renderLogLine('orchestration', 'panic!', false)).toBe('orchestration | panic!');
});

test('a blocked task comes with what failed and what an operator can do', () => {
  const steps = [stepOf('pay', { current_state: 'error', error: { message: 'card declined' } }), stepOf('ship')];
  const advice = adviseOperator(taskOf(steps, { status: 'blocked_by_failures' }), 'http://host').join('\n');
  expect(advice).toContain('pay: card declined');
  expect(advice).toContain('http://host/v1/tasks/task-1/workflow_steps/step-pay');
  expect(advice).toContain('tasker task cancel task-1');
  expect(adviseOperator(taskOf(steps), 'http://host')).toEqual([]);
});

test('timings add up the runs of a step over tasks', () => {
  const ran = (ms: number, attempts: number) =>
    taskOf([
      stepOf('pay', { current_state: 'complete', attempts, last_attempted_at: at(0), completed_at: at(ms) }),
      stepOf('ship'),
    ]);
  expect(renderTimings([ran(100, 1), ran(200, 3)], BEGIN)).toEqual([
    'WORKFLOW    STEP  RUNS  ATTEMPTS  MEAN MS  SLOWEST MS',
    'shop/order  pay      2         4      150         200',
  ]);
});
