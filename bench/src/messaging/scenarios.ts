import { randomUUID } from 'node:crypto';
import { type Contender, LANES, SENDERS } from './contender';

/** A rate that is measured of every contender. */
export interface Scenario {
  readonly name: string;
  /** Gives messages per second, over a queue of its own; `scale` shrinks the work. */
  measure(contender: Contender, queue: string, scale: number): Promise<number>;
}

const BATCH_SIZE = 100;
const TIMED_MS = 1_500;

/** As large as the messages of the engine. */
const makeMessage = () => ({ task_uuid: randomUUID(), step_uuid: randomUUID(), attempt: 1, namespace: 'bench' });
const MESSAGES = Array.from({ length: BATCH_SIZE }, makeMessage);

const perSecond = (count: number, startedAtMs: number) => (count * 1_000) / (performance.now() - startedAtMs);

/** Sends `batchSize` messages at a time, `atOnce` times at once, for {@link TIMED_MS} × scale. */
function sending(name: string, batchSize: number, atOnce: number): Scenario {
  return {
    name,
    async measure(contender, queue, scale) {
      const messages = MESSAGES.slice(0, batchSize);
      const startedAtMs = performance.now();
      let sentCount = 0;
      const lane = async () => {
        while (performance.now() - startedAtMs < TIMED_MS * scale) {
          if (batchSize === 1) await contender.send(queue, messages[0] as object);
          else await contender.sendBatch(queue, messages);
          sentCount += batchSize;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
      return perSecond(sentCount, startedAtMs);
    },
  };
}

async function sendBefore(contender: Contender, queue: string, count: number): Promise<void> {
  for (let sentCount = 0; sentCount < count; sentCount += BATCH_SIZE) await contender.sendBatch(queue, MESSAGES);
}

const nameOf = (verb: string, batchSize: number) =>
  `${verb} and ack, ${batchSize === 1 ? 'one at a time' : `batches of ${batchSize}`}, ${LANES} at once`;

/** Has handled what was sent before, from the first message to the last ack. */
function consuming(batchSize: number, fullCount: number): Scenario {
  return {
    name: nameOf('consume', batchSize),
    async measure(contender, queue, scale) {
      const count = Math.ceil((fullCount * scale) / BATCH_SIZE) * BATCH_SIZE;
      await sendBefore(contender, queue, count);
      const startedAtMs = performance.now();
      await contender.consume(queue, count, batchSize);
      return perSecond(count, startedAtMs);
    },
  };
}

/** Takes by hand from a queue that holds more than can be taken. */
function receiving(batchSize: number, fullCount: number): Scenario {
  return {
    name: nameOf('receive', batchSize),
    async measure(contender, queue, scale) {
      await sendBefore(contender, queue, fullCount * scale);
      const startedAtMs = performance.now();
      const count = await contender.receive(queue, TIMED_MS * scale, batchSize);
      return perSecond(count, startedAtMs);
    },
  };
}

/** Every rate, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  sending('send, one at a time', 1, 1),
  sending('send, 100 calls at once', 1, 100),
  sending(`sendBatch of ${BATCH_SIZE}, one at a time`, BATCH_SIZE, 1),
  sending(`sendBatch of ${BATCH_SIZE}, ${LANES} at once`, BATCH_SIZE, LANES),
  sending(`sendBatch of ${BATCH_SIZE}, ${SENDERS} at once`, BATCH_SIZE, SENDERS),
  consuming(1, 4_000),
  consuming(10, 20_000),
  consuming(100, 60_000),
  receiving(1, 20_000),
  receiving(10, 40_000),
  receiving(100, 100_000),
];
