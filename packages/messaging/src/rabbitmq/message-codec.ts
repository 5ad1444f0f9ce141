import { randomUUID } from 'node:crypto';
import type { Message, Options } from 'amqplib';
import { DEAD_LETTER_HEADERS, DEAD_LETTER_REASON_MAX_LENGTH } from '../dead-letter';
import type { Delivery, MessageHeaders } from '../delivery';

/** Receives before the message was last published; added to what the queue itself has counted. */
const RECEIVED_BEFORE = 'x-tasker-received-before';
/** Milliseconds since 1970, since AMQP's own timestamp only has seconds. */
const SENT_AT = 'x-tasker-sent-at';
const DELIVERY_COUNT = 'x-delivery-count';
/** RabbitMQ 4 counts apart what was handed back without a failure. */
const ACQUIRED_COUNT = 'x-acquired-count';
const DEATHS = 'x-death';
const BROKER_HEADERS = /^x-(first|last)-death-|^x-(opt|quorum)-/;
const OWN_HEADERS: ReadonlySet<string> = new Set([RECEIVED_BEFORE, SENT_AT, DELIVERY_COUNT, ACQUIRED_COUNT, DEATHS]);
/** The broker's default time for an ack, after which it closes the channel and delivers again. */
const BROKER_ACK_TIMEOUT_MS = 30 * 60_000;

/** A message on its way to the broker; `address` is its routing key. */
export interface OutgoingMessage {
  readonly address: string;
  readonly content: Buffer;
  readonly options: Options.Publish & { readonly messageId: string };
}

/** Stands for the body of a message that is not JSON. */
export class UnparsableBody {
  constructor(
    readonly text: string,
    readonly problem: string,
  ) {}
}

/** Gives a new message. */
export function encodeOutgoing(address: string, text: string, headers: MessageHeaders | undefined): OutgoingMessage {
  const sentAtMs = Date.now();
  return {
    address,
    content: Buffer.from(text),
    options: {
      persistent: true,
      mandatory: true,
      contentType: 'application/json',
      messageId: randomUUID(),
      timestamp: Math.floor(sentAtMs / 1_000),
      headers: { ...headers, [SENT_AT]: sentAtMs },
    },
  };
}

/** Gives the message to send again, with what was counted so far. */
export function encodeRetry(message: Message, delivery: Delivery, address: string): OutgoingMessage {
  const headers = { [SENT_AT]: delivery.enqueuedAt.getTime(), ...ownHeaders(message) };
  return copyOf(message, address, delivery.messageId, { ...headers, [RECEIVED_BEFORE]: delivery.receiveCount });
}

/** Gives the message for the dead-letter queue, where it is a new one. */
export function encodeDeadLetter(
  message: Message,
  delivery: Delivery,
  address: string,
  reason: string,
): OutgoingMessage {
  return copyOf(message, address, randomUUID(), {
    ...ownHeaders(message),
    [SENT_AT]: Date.now(),
    [DEAD_LETTER_HEADERS.reason]: reason.slice(0, DEAD_LETTER_REASON_MAX_LENGTH),
    [DEAD_LETTER_HEADERS.queue]: delivery.queue,
    [DEAD_LETTER_HEADERS.messageId]: delivery.messageId,
    [DEAD_LETTER_HEADERS.receiveCount]: String(delivery.receiveCount),
  });
}

/** Gives what the broker delivered; a body that is not JSON comes as {@link UnparsableBody}. */
export function decodeDelivery(queue: string, message: Message, fallbackId: string): Delivery {
  const { headers = {}, messageId, timestamp } = message.properties;
  const sentAtMs = integerOf(headers[SENT_AT]) || (integerOf(timestamp) ?? 0) * 1_000;
  const returnCount = Math.max(integerOf(headers[DELIVERY_COUNT]) ?? 0, integerOf(headers[ACQUIRED_COUNT]) ?? 0);
  return {
    queue,
    messageId: typeof messageId === 'string' && messageId !== '' ? messageId : fallbackId,
    receiveCount: (integerOf(headers[RECEIVED_BEFORE]) ?? 0) + returnCount + 1,
    enqueuedAt: new Date(sentAtMs || Date.now()),
    leaseExpiresAt: new Date(Date.now() + BROKER_ACK_TIMEOUT_MS),
    body: decodeBody(message.content),
    headers: decodeHeaders(headers),
  };
}

function decodeBody(content: Buffer): unknown {
  const text = content.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    return new UnparsableBody(text, error instanceof Error ? error.message : String(error));
  }
}

function decodeHeaders(headers: Record<string, unknown>): MessageHeaders {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    if (isOurs(name)) continue;
    const value = headers[name];
    texts[name] = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  }
  const deaths = headers[DEATHS];
  // The broker's own dead-lettering leaves no reason in our words.
  const death = Array.isArray(deaths) ? deaths.find(({ reason }) => reason === 'delivery_limit') : undefined;
  if (death && !(DEAD_LETTER_HEADERS.reason in texts))
    texts[DEAD_LETTER_HEADERS.reason] = 'delivery limit of the broker';
  return texts;
}

function copyOf(message: Message, address: string, messageId: string, headers: object): OutgoingMessage {
  const { contentType, contentEncoding, correlationId, type, timestamp } = message.properties;
  const own = { contentType, contentEncoding, correlationId, type, timestamp };
  return {
    address,
    content: message.content,
    options: { ...own, persistent: true, mandatory: true, messageId, headers },
  };
}

function ownHeaders(message: Message): Record<string, unknown> {
  const entries = Object.entries(message.properties.headers ?? {});
  return Object.fromEntries(entries.filter(([name]) => !isOurs(name)));
}

function isOurs(name: string): boolean {
  return OWN_HEADERS.has(name) || BROKER_HEADERS.test(name);
}

function integerOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
