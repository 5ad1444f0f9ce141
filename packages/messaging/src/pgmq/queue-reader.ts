import type { Look, LookOptions } from '../consumer/consumer-port';
import type { QueueName } from '../queue-name';
import { claimMessages } from './claim-messages';
import type { SqlClient } from './install-pgmq';

/** Within this time of a look from the oldest message, looks at a full queue start after the last message claimed. */
const SKIP_FOR_MS = 100;

/** Where the next look at a queue may start. */
interface Position {
  readonly fromId: bigint;
  /** When the queue was last looked at from its oldest message, by `performance.now()`. */
  readonly startedOverAtMs: number;
}

/**
 * Looks at queues without walking again past what it has claimed: a table keeps its deleted rows until vacuum comes, and
 * messages in other hands stay where they are, so a walk from the oldest row costs more with each message.
 *
 * A message that becomes visible below the position (its sender committed late, its lease ended, it was handed back) is
 * found when the queue has no full batch left above, and at the latest {@link SKIP_FOR_MS} later.
 */
export class QueueReader {
  private readonly positions = new Map<QueueName, Position>();

  constructor(private readonly client: SqlClient) {}

  async look(queue: QueueName, options: LookOptions): Promise<Look> {
    const position = this.positions.get(queue);
    if (position && performance.now() - position.startedOverAtMs < SKIP_FOR_MS) {
      const look = await this.lookFrom(queue, position, options);
      if (look.deliveries.length > 0) return look;
    }
    return this.lookFrom(queue, { fromId: 0n, startedOverAtMs: performance.now() }, options);
  }

  private async lookFrom(queue: QueueName, { fromId, startedOverAtMs }: Position, options: LookOptions): Promise<Look> {
    const look = await claimMessages(this.client, queue, fromId, options);
    const last = look.deliveries.at(-1);
    if (last && look.deliveries.length === options.max) {
      this.positions.set(queue, { fromId: BigInt(last.messageId) + 1n, startedOverAtMs });
    } else {
      this.positions.delete(queue);
    }
    return look;
  }
}
