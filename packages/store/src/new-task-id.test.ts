import { parseStepId, parseTaskId } from '@tasker/workflow';
import { newTaskId, stepIdOf } from './new-task-id';
import { createTestDatabase } from './testing/test-database';

test('a task id is a UUID of version 7 whose last 20 bits are zero', () => {
  for (let index = 0; index < 200; index += 1) {
    const id = newTaskId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{7}00000$/);
    expect(parseTaskId(id)).toBe(id);
  }
});

test('a task id starts with its time, so that later ids sort after earlier ones', () => {
  const id = newTaskId(0x0123456789ab);
  expect(id.slice(0, 13)).toBe('01234567-89ab');
  expect(newTaskId(1_000) < newTaskId(1_001)).toBe(true);
});

test('ids of one millisecond differ', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newTaskId(7)));
  expect(ids.size).toBe(10_000);
});

test('the id of a step is the id of its task with its number at the end', () => {
  const task = newTaskId();
  expect(stepIdOf(task, 1)).toBe(`${task.slice(0, -1)}1`);
  expect(stepIdOf(task, 1_048_575)).toBe(`${task.slice(0, -5)}fffff`);
  expect(parseStepId(stepIdOf(task, 4096))).toBe(`${task.slice(0, -5)}01000`);
});

test('the database computes the same step ids', async () => {
  await using database = await createTestDatabase();
  const task = newTaskId();
  for (const stepNo of [1, 15, 16, 4095, 65_536, 1_048_575]) {
    const { rows } = await database.pool.query('select tasker.step_id($1, $2) as id', [task, stepNo]);
    expect(rows[0].id).toBe(stepIdOf(task, stepNo));
  }
});
