import type { TaskChange } from '@tasker/store';
import type { StepId } from '@tasker/workflow';
import { createChangeWindow } from './change-window';

const shared = { actor: 'w', reason: null };

const ofStep = (place: number, atMs: number): TaskChange => ({
  ...shared,
  kind: 'step',
  transition_id: String(place),
  at: new Date(atMs),
  step_uuid: 's' as StepId,
  name: 'one',
  from_state: 'enqueued',
  event: 'start',
  to_state: 'in_progress',
  attempt: 1,
  error: null,
});

const ofTask = (place: number): TaskChange => ({
  ...shared,
  kind: 'task',
  transition_id: String(place),
  at: new Date(0),
  from_state: 'pending',
  event: 'start',
  to_state: 'initializing',
});

test('each change is passed on once, however often it is read', () => {
  const window = createChangeWindow();
  const changes = [ofTask(1), ofStep(5, 0)];
  expect(window.accept(changes)).toEqual(changes);
  expect(window.accept([ofStep(5, 0), ofStep(6, 10)])).toEqual([ofStep(6, 10)]);
});

test('a step that was written earlier but is seen later is not lost', () => {
  const window = createChangeWindow();
  window.accept([ofStep(11, 1_000)]);
  expect(window.from.step).toBeLessThan(10n);
  expect(window.accept([ofStep(10, 999), ofStep(11, 1_000)])).toEqual([ofStep(10, 999)]);
});

test('what is ten seconds old is not read again', () => {
  const window = createChangeWindow();
  window.accept([ofStep(1, 0), ofStep(2, 500), ofStep(3, 10_200)]);
  expect(window.from).toEqual({ task: 0n, step: 1n });
  window.accept([ofStep(4, 60_000)]);
  expect(window.from).toEqual({ task: 0n, step: 3n });
});

test('a window that goes on begins after its start', () => {
  const start = { task: 3n, step: 9n };
  const window = createChangeWindow(start);
  expect(window.from).toEqual(start);
});
