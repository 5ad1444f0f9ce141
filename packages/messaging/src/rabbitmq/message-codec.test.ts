import type { Message } from 'amqplib';
import { DEAD_LETTER_HEADERS } from '../dead-letter';
import {
  decodeDelivery,
  encodeDeadLetter,
  encodeOutgoing,
  encodeRetry,
  type OutgoingMessage,
  UnparsableBody,
} from './message-codec';

/** What the broker delivers of a message, with headers of its own. */
function delivered({ content, options }: OutgoingMessage, brokerHeaders: object = {}): Message {
  const { headers, messageId, timestamp } = options;
  const properties = { headers: { ...headers, ...brokerHeaders }, messageId, timestamp };
  return { content, properties, fields: { deliveryTag: 1 } } as unknown as Message;
}

test('a message comes back with its id, body, headers and time, and without what is ours or the broker’s', () => {
  const before = Date.now();
  const sent = encodeOutgoing('tasker.q', '{"a":1}', { own: 'kept' });
  const delivery = decodeDelivery('q', delivered(sent, { 'x-first-death-queue': 'other', 'x-death': [] }), 'none');
  expect(delivery).toMatchObject({ queue: 'q', messageId: sent.options.messageId, receiveCount: 1, body: { a: 1 } });
  expect(delivery.headers).toEqual({ own: 'kept' });
  expect(delivery.enqueuedAt.getTime()).toBeGreaterThanOrEqual(before);
  expect(delivery.enqueuedAt.getTime()).toBeLessThanOrEqual(Date.now());
  expect(delivery.leaseExpiresAt.getTime()).toBeGreaterThan(delivery.enqueuedAt.getTime());
});

test('a retry carries its receives, its time and its id', () => {
  const message = delivered(encodeOutgoing('tasker.q', '1', { own: 'kept' }), { 'x-delivery-count': 2 });
  const first = decodeDelivery('q', message, 'none');
  expect(first.receiveCount).toBe(3);
  const again = decodeDelivery('q', delivered(encodeRetry(message, first, 'x'), { 'x-delivery-count': 1 }), 'none');
  expect(again).toMatchObject({ receiveCount: 5, messageId: first.messageId, enqueuedAt: first.enqueuedAt });
  expect(again.headers).toEqual({ own: 'kept' });
});

test('a dead letter is a new message that says where it came from', () => {
  const message = delivered(encodeOutgoing('tasker.q', '1', undefined), { 'x-delivery-count': 2 });
  const origin = decodeDelivery('q', message, 'none');
  const letter = encodeDeadLetter(message, origin, 'tasker.q_dlq', 'r'.repeat(2_000));
  const dead = decodeDelivery('q_dlq', delivered(letter), 'none');
  expect(dead.receiveCount).toBe(1);
  expect(dead.messageId).not.toBe(origin.messageId);
  expect(dead.headers).toEqual({
    [DEAD_LETTER_HEADERS.reason]: 'r'.repeat(1_000),
    [DEAD_LETTER_HEADERS.queue]: 'q',
    [DEAD_LETTER_HEADERS.messageId]: origin.messageId,
    [DEAD_LETTER_HEADERS.receiveCount]: '3',
  });
});

test('what the broker gave up by itself has a reason too', () => {
  const sent = encodeOutgoing('tasker.q', '1', undefined);
  const dead = decodeDelivery('q_dlq', delivered(sent, { 'x-death': [{ reason: 'delivery_limit' }] }), 'none');
  expect(dead.headers).toEqual({ [DEAD_LETTER_HEADERS.reason]: 'delivery limit of the broker' });
});

test('a foreign message needs no header, no id and no JSON', () => {
  const message = { content: Buffer.from('{oops'), properties: {}, fields: { deliveryTag: 1 } } as unknown as Message;
  const delivery = decodeDelivery('q', message, 'given');
  expect(delivery).toMatchObject({ messageId: 'given', receiveCount: 1, headers: {} });
  expect(delivery.body).toMatchObject({ text: '{oops', problem: expect.stringContaining('JSON') });
  expect(delivery.body).toBeInstanceOf(UnparsableBody);
});
