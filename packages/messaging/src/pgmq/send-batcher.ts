import type { MessageId } from '../delivery';
import { InvalidMessageError } from '../errors';
import type { QueueName } from '../queue-name';
import type { SqlClient } from './install-pgmq';
import { sendMessages } from './queue-operations';
import { sqlState } from './run-on-queue';

/** What the messages of one call have in common. */
export interface SendTarget {
  readonly queue: QueueName;
  /** JSON: the caller's object may change before it is sent. */
  readonly headers: string | null;
  readonly delayMs: number;
}

/** One caller's messages, which are stored all or not at all. */
interface Call {
  readonly texts: readonly string[];
  resolve(ids: MessageId[]): void;
  reject(error: unknown): void;
}

/** Calls with the same target: their messages may go by one statement. */
interface Lane {
  readonly key: string;
  readonly target: SendTarget;
  waiting: Call[];
  inFlightCount: number;
  isFlushScheduled: boolean;
}

/** Statements of one lane at once: enough to keep PostgreSQL busy while the next ones are written here. */
const MAX_IN_FLIGHT = 4;
/** Messages that a statement has at least before another one is sent beside it. */
const ENOUGH_MESSAGES = 100;
/** Where a statement is full; a single call may exceed both. */
const MAX_MESSAGES = 400;
const MAX_LENGTH = 1_000_000;

/**
 * Sends the messages of calls that come at the same time by few statements, each its own transaction: planning, the wait
 * for the disk and the way there and back are paid once for all of them. Calls of the same turn of the event loop go
 * together, and those that come while {@link MAX_IN_FLIGHT} statements are on their way go together in the next. What
 * waits is shared between the statements that may be sent.
 */
export class SendBatcher {
  private readonly lanes = new Map<string, Lane>();
  private whenIdle: (() => void)[] = [];

  constructor(private readonly client: SqlClient) {}

  /**
   * Resolves with the ids in the order of `texts`, after the commit.
   *
   * @throws what {@link sendMessages} does; nothing of this call is stored then, unless the connection was lost meanwhile.
   */
  send(target: SendTarget, texts: readonly string[]): Promise<MessageId[]> {
    const lane = this.laneOf(target);
    return new Promise((resolve, reject) => {
      lane.waiting.push({ texts, resolve, reject });
      this.scheduleFlush(lane);
    });
  }

  /** Resolves when every call so far has its answer. */
  async drain(): Promise<void> {
    if (this.lanes.size > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  private laneOf(target: SendTarget): Lane {
    const key = JSON.stringify([target.queue, target.delayMs, target.headers]);
    const found = this.lanes.get(key);
    if (found !== undefined) return found;
    const lane: Lane = { key, target, waiting: [], inFlightCount: 0, isFlushScheduled: false };
    this.lanes.set(key, lane);
    return lane;
  }

  private scheduleFlush(lane: Lane): void {
    if (lane.isFlushScheduled || lane.inFlightCount >= MAX_IN_FLIGHT) return;
    lane.isFlushScheduled = true;
    setImmediate(() => {
      lane.isFlushScheduled = false;
      this.flush(lane);
    });
  }

  private flush(lane: Lane): void {
    const waitingCount = lane.waiting.reduce((sum, { texts }) => sum + texts.length, 0);
    // One statement for all would leave nothing for PostgreSQL to do while its answer is read and the next one is written.
    const share = Math.max(ENOUGH_MESSAGES, Math.ceil(waitingCount / (MAX_IN_FLIGHT - lane.inFlightCount)));
    const size = Math.min(share, MAX_MESSAGES);
    while (lane.waiting.length > 0 && lane.inFlightCount < MAX_IN_FLIGHT) {
      lane.inFlightCount += 1;
      void this.sendTogether(lane.target, takeCalls(lane.waiting, size)).then(() => {
        lane.inFlightCount -= 1;
        this.afterStatement(lane);
      });
    }
  }

  private afterStatement(lane: Lane): void {
    if (lane.waiting.length > 0) this.scheduleFlush(lane);
    else if (lane.inFlightCount === 0) this.lanes.delete(lane.key);
    if (this.lanes.size === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Never rejects: each call gets its own answer. */
  private async sendTogether({ queue, headers, delayMs }: SendTarget, calls: readonly Call[]): Promise<void> {
    const texts = calls.flatMap((call) => call.texts);
    try {
      const ids = await sendMessages(this.client, queue, texts, headers, delayMs);
      let first = 0;
      for (const { texts: own, resolve } of calls) {
        resolve(ids.slice(first, first + own.length));
        first += own.length;
      }
    } catch (error) {
      if (calls.length > 1 && isAboutData(error)) {
        // One of them is at fault, and PostgreSQL does not say which; nothing is stored yet.
        for (const call of calls) await this.sendTogether({ queue, headers, delayMs }, [call]);
        return;
      }
      for (const call of calls) call.reject(error);
    }
  }
}

/** Takes calls off the front: one at least, and more up to `size` messages. */
function takeCalls(waiting: Call[], size: number): Call[] {
  let [messageCount, length, callCount] = [0, 0, 0];
  for (const { texts } of waiting) {
    messageCount += texts.length;
    for (const text of texts) length += text.length;
    if (callCount > 0 && (messageCount > size || length > MAX_LENGTH)) break;
    callCount += 1;
  }
  return waiting.splice(0, callCount);
}

/** PostgreSQL's class 22, data exception. */
function isAboutData(error: unknown): boolean {
  return error instanceof InvalidMessageError || sqlState(error)?.startsWith('22') === true;
}
