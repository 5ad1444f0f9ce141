import { parseStepMessage } from './step-message';

const uuid = '0190a000-0000-7000-8000-00000000000a';
const message = { task_uuid: uuid, step_uuid: uuid, correlation_id: uuid };
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('ids and trace context are read, other keys are left behind', () => {
  expect(parseStepMessage({ ...message, task_uuid: uuid.toUpperCase(), traceparent, extra: 1 })).toEqual({
    ok: true,
    message: { ...message, traceparent },
  });
});

test.each([undefined, 7, '00-nonsense'])('an unreadable trace context (%s) does not stop the message', (unreadable) => {
  expect(parseStepMessage({ ...message, traceparent: unreadable })).toEqual({ ok: true, message });
});

test.each([
  [null, 'the message is no object'],
  ['text', 'the message is no object'],
  [{ ...message, task_uuid: 1 }, 'task_uuid is no UUID'],
  [{ ...message, step_uuid: 'x' }, 'step_uuid is no UUID'],
  [{ task_uuid: uuid, step_uuid: uuid }, 'correlation_id is no UUID'],
])('%j is refused with its reason', (value, reason) => {
  expect(parseStepMessage(value)).toEqual({ ok: false, reason });
});
