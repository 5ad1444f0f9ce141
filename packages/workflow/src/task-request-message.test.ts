import { parseTaskRequestMessage } from './task-request-message';

const uuid = '0190a000-0000-7000-8000-00000000000a';
const request = { name: 'order', namespace: 'shop', context: { id: 7 } };
const message = { request_id: 'r1', task_request: request };

const reasonOf = (value: unknown): string => {
  const parsed = parseTaskRequestMessage(value);
  return parsed.ok ? 'accepted' : parsed.reason;
};

test('what a requester leaves out is defaulted, and its own value stays as it came', () => {
  const given = structuredClone(message);
  expect(parseTaskRequestMessage(given)).toEqual({
    ok: true,
    message: {
      request_id: 'r1',
      task_request: {
        ...request,
        version: '0.1.0',
        initiator: 'system',
        source_system: 'tasker',
        reason: 'Task requested',
        tags: [],
        priority: 0,
        options: null,
        correlation_id: null,
        parent_correlation_id: null,
        idempotency_key: null,
      },
      metadata: { requested_at: null, requester: 'unknown', priority: 'Normal', custom: {} },
    },
  });
  expect(given).toEqual(message);
});

test('what a requester says is kept, unknown keys are dropped', () => {
  const full = {
    request_id: 'r2',
    task_request: {
      ...request,
      version: '2.0.0',
      initiator: 'ann',
      source_system: 'till',
      reason: 'sale',
      tags: ['a'],
      priority: -100,
      options: { x: { y: 1 } },
      correlation_id: uuid,
      parent_correlation_id: uuid,
      idempotency_key: 'k',
    },
    metadata: { requested_at: '2026-01-01T00:00:00Z', requester: 'till', priority: 'High', custom: { z: 1 } },
  };
  const parsed = parseTaskRequestMessage({ ...full, extra: 1, task_request: { ...full.task_request, extra: 1 } });
  expect(parsed).toEqual({ ok: true, message: full });
});

test.each([
  [null, 'the message must be object'],
  [{ request_id: 'r' }, "the message must have required property 'task_request'"],
  [{ ...message, task_request: { ...request, context: [] } }, '/task_request/context must be object'],
  [{ ...message, task_request: { ...request, priority: 101 } }, '/task_request/priority must be <= 100'],
  [{ ...message, task_request: { ...request, correlation_id: 'x' } }, '/task_request/correlation_id is no UUID'],
  [
    { ...message, task_request: { ...request, parent_correlation_id: 'x' } },
    '/task_request/parent_correlation_id is no UUID',
  ],
  [
    { ...message, task_request: { ...request, context: { a: '\u0000' } } },
    'task_request.context.a must not contain the NUL character',
  ],
  [() => 1, 'the message is no JSON value (function)'],
])('a message that cannot be a request is refused with its reason (%#)', (value, reason) => {
  expect(reasonOf(value)).toBe(reason);
});
