import { TaskState } from '@tasker/protocol/grpc';
import { toListQuery, toTaskRequestBody } from './task-requests';

const request = { pagination: undefined, states: [], tags: [], sort: undefined };

test('what is not given is left out, empty texts included', () => {
  expect(toListQuery({ ...request, namespace: '' })).toEqual({ query: {}, offset: 0 });
  const unset = { version: '', initiator: '', source_system: '', reason: '', correlation_id: '', idempotency_key: '' };
  const body = toTaskRequestBody({ name: 'order', namespace: 'shop', context: {}, tags: [], ...unset });
  expect(body).toEqual({ name: 'order', namespace: 'shop', context: {}, tags: [] });
});

test('filters become those of the query string', () => {
  const created_at = { start: new Date(0), end: undefined };
  const states = [TaskState.TASK_STATE_COMPLETE, TaskState.TASK_STATE_WAITING_FOR_RETRY];
  expect(toListQuery({ ...request, created_at, states, tags: ['a'], pagination: { limit: 5, offset: 10 } })).toEqual({
    query: { created_from: '1970-01-01T00:00:00.000Z', status: 'complete,waiting_for_retry', tag: ['a'], limit: '5' },
    offset: 10,
  });
});

test('an instant out of range becomes a text that is no instant, and is refused as one', () => {
  const created_at = { start: new Date(Number.NaN) };
  expect(toListQuery({ ...request, created_at }).query.created_from).toBe('Invalid Date');
});

test.each([-1, 100_001])('an offset of %i is refused', (offset) => {
  expect(() => toListQuery({ ...request, pagination: { offset } })).toThrow('pagination.offset must be 0 to 100000');
});
