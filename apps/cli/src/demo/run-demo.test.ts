import { join } from 'node:path';
import { createDatabase } from '@tasker/embedded-postgres';
import { createMemoryConsole } from '../testing/memory-console';
import { at, stepOf, taskOf } from '../testing/task-fixtures';
import { listDemoTasks } from './demo-tasks';
import { findSurprises, reportDemo } from './report-demo';
import { runDemo } from './run-demo';

const root = join(__dirname, '..', '..', '..', '..');
const [order] = listDemoTasks('A');

test('the demonstration runs every workflow to the end it must have, twice over one database', async () => {
  await using database = await createDatabase(process.env.TASKER_TEST_DATABASE_URL ?? '');
  for (const run of ['first', 'second']) {
    const console = createMemoryConsole({ DATABASE_URL: database.connectionString });
    const exitCode = await runDemo(root, console);
    expect({ run, exitCode, errors: console.errors() }).toEqual({ run, exitCode: 0, errors: '' });
    expect(console.output()).toMatch(/order [0-9A-Z]+-1 of Ada Lovelace: complete after/);
    expect(console.output()).toMatch(/Mallory Void, whose card is declined: blocked_by_failures after/);
    expect(console.output()).toContain('| airport | JFK (16.2 min, 33.5 % late, 200 flights)');
    expect(console.output()).toMatch(/shop\/order_fulfilment\s+authorize_payment\s+3\s+6\s/);
    expect(console.output()).toContain('Everything is stopped.');
  }
});

test('a demonstration without a database fails with the reason', async () => {
  const console = createMemoryConsole({ DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
  expect(await runDemo(root, console)).toBe(2);
  expect(console.errors()).toContain('The demonstration failed: the database cannot be used');
});

test('a task that ends otherwise than it must is a surprise', () => {
  if (order === undefined) throw new Error('there is no order');
  const steps = [stepOf('pay', { current_state: 'error', error: { message: 'no answer' } })];
  const followed = [{ ...order, task: taskOf(steps, { status: 'error', completed_at: at(50) }) }];
  expect(findSurprises(followed)).toEqual(['order A-1 of Ada Lovelace: is error, should be complete']);
  expect(reportDemo(followed).join('\n')).toContain('pay failed for good: no answer.');
});
