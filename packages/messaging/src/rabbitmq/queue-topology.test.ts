import { parseQueueName } from '../queue-name';
import { DELAY_STEPS_MS, delayStepMs, isDeadLetterQueue, QueueTopology } from './queue-topology';

test('a delay is rounded up to the next step, and none is too long', () => {
  expect([1, 100, 101, 1_000, 61_000, 2_147_483_647].map(delayStepMs)).toEqual([
    100, 100, 250, 1_000, 120_000, 2_147_483_647,
  ]);
  expect([...DELAY_STEPS_MS].sort((a, b) => a - b)).toEqual(DELAY_STEPS_MS);
});

test('the arguments of a queue follow from its name alone, and the broker dead-letters to its dead-letter queue', () => {
  const topology = new QueueTopology('shop', null);
  const queue = parseQueueName('mail');
  expect(topology.queueOptions(queue)).toEqual({
    durable: true,
    arguments: expect.objectContaining({
      'x-queue-type': 'quorum',
      'x-dead-letter-routing-key': 'shop.mail_dlq',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    }),
  });
  expect(isDeadLetterQueue(parseQueueName('mail_dlq'))).toBe(true);
  expect(topology.queueOptions(parseQueueName('mail_dlq')).arguments).not.toHaveProperty('x-dead-letter-exchange');
});

test('a delay queue gives its messages to the queue itself after its time', () => {
  const topology = new QueueTopology('shop', 5);
  const queue = parseQueueName('mail');
  expect(topology.delayAddress(queue, 250)).toBe('shop.mail.delay.250');
  expect(topology.delayOptions(queue, 250).arguments).toMatchObject({
    'x-message-ttl': 250,
    'x-dead-letter-routing-key': 'shop.mail',
  });
  expect(topology.delayOptions(queue, 250).arguments).not.toHaveProperty('x-max-length');
});
