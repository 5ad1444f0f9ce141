import { deadLetterQueueName, parseQueueName, queueNamespace, wakeupChannel } from './index';

test('a queue name of the allowed form is given back', () => {
  for (const name of ['a', '_x', 'worker_a_queue', 'a'.repeat(47)]) expect(parseQueueName(name)).toBe(name);
});

test.each(['', 'A', '1a', 'a-b', 'a b', 'a;b', 'a"b', 'é', 'a\n', 'a'.repeat(48), null, 7])(
  '%p is no queue name',
  (name) => {
    expect(() => parseQueueName(name)).toThrow(expect.objectContaining({ code: 'INVALID_QUEUE_NAME' }));
  },
);

test('queues of one namespace share a channel', () => {
  expect(wakeupChannel('orchestration_step_results')).toBe('pgmq_message_ready.orchestration');
  expect(wakeupChannel('worker_billing_queue')).toBe('pgmq_message_ready.billing');
  expect(wakeupChannel('billing_domain_events')).toBe('pgmq_message_ready.billing');
  expect(queueNamespace('something_else')).toBe('something_else');
});

test('the longest names have channels of 63 bytes and dead-letter queues of 47 characters, each its own', () => {
  const names = ['x', 'y'].map((last) => 'a'.repeat(46) + last);
  const channels = names.map(wakeupChannel);
  const deadLetterQueues = names.map(deadLetterQueueName);
  expect(channels.map((channel) => channel.length)).toEqual([63, 63]);
  expect(deadLetterQueues.map((name) => name.length)).toEqual([47, 47]);
  expect(new Set([...channels, ...deadLetterQueues]).size).toBe(4);
});
