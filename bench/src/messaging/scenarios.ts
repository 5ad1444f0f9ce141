import { randomUUID } from 'node:crypto';
import { type Contender, LANES } from './contender';

/** A rate that is measured of every contender. */
export interface Scenario {
  readonly name: string;
  /** Gives messages per second, over a queue of its own; `scale` shrinks the work. */
  measure(contender: Contender, queue: string, scale: number): Promise<number>;
}

const BATCH_SIZE = 100;
const SEND_MS = 1_500;

/** As large as the messages of the engine. */
const makeMessage = () => ({ task_uuid: randomUUID(), step_uuid: randomUUID(), attempt: 1, namespace: 'bench' });
const MESSAGES = Array.from({ length: BATCH_SIZE }, makeMessage);

const perSecond = (count: number, startedAtMs: number) => (count * 1_000) / (performance.now() - startedAtMs);

/** Sends `batchSize` messages at a time, `atOnce` times at once, for as long as the scale says. */
function sending(name: string, batchSize: number, atOnce: number): Scenario {
  return {
    name,
    async measure(contender, queue, scale) {
      const messages = MESSAGES.slice(0, batchSize);
      const startedAtMs = performance.now();
      let sentCount = 0;
      const lane = async () => {
        while (performance.now() - startedAtMs < SEND_MS * scale) {
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

/** Takes what was sent before. The work grows with the batch, as the rate does. */
function taking(verb: 'consume' | 'receive', batchSize: number, fullCount: number): Scenario {
  return {
    name: `${verb} and ack, ${batchSize === 1 ? 'one at a time' : `batches of ${batchSize}`}, ${LANES} at once`,
    async measure(contender, queue, scale) {
      const batchCount = Math.ceil((fullCount * scale) / BATCH_SIZE);
      for (let batch = 0; batch < batchCount; batch += 1) await contender.sendBatch(queue, MESSAGES);
      const startedAtMs = performance.now();
      await contender[verb](queue, batchCount * BATCH_SIZE, batchSize);
      return perSecond(batchCount * BATCH_SIZE, startedAtMs);
    },
  };
}

/** Every rate, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  sending('send, one at a time', 1, 1),
  sending('send, 100 calls at once', 1, 100),
  sending(`sendBatch of ${BATCH_SIZE}, one at a time`, BATCH_SIZE, 1),
  sending(`sendBatch of ${BATCH_SIZE}, ${LANES} at once`, BATCH_SIZE, LANES),
  taking('consume', 1, 4_000),
  taking('consume', 10, 20_000),
  taking('consume', 100, 60_000),
  taking('receive', 1, 2_000),
  taking('receive', 10, 5_000),
  taking('receive', 100, 40_000),
];
