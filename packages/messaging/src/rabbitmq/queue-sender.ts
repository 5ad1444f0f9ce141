import { BrokerUnavailableError, QueueNotFoundError, UnroutableError } from '../errors';
import type { QueueName } from '../queue-name';
import type { ConfirmPublisher } from './confirm-publisher';
import type { OutgoingMessage } from './message-codec';
import type { QueueCatalog } from './queue-catalog';
import { delayStepMs, type QueueTopology } from './queue-topology';

/** Sends to queues, and declares again what this process had declared and the broker has lost. */
export class QueueSender {
  constructor(
    private readonly publisher: ConfirmPublisher,
    private readonly catalog: QueueCatalog,
    private readonly topology: QueueTopology,
  ) {}

  /**
   * Sends the messages that `encode` makes for the address that it is given.
   *
   * @throws {QueueNotFoundError} for a queue that nobody has declared.
   * @throws {UnroutableError} when a queue that was declared is missing, and declaring it again does not help.
   */
  async send(
    queue: QueueName,
    delayMs: number,
    encode: (address: string) => readonly OutgoingMessage[],
  ): Promise<void> {
    if (delayMs === 0) {
      await this.publishTo(queue, encode(this.topology.address(queue)), () => this.catalog.restore(queue));
      return;
    }
    await this.catalog.requireKnown(queue);
    const stepMs = delayStepMs(delayMs);
    const address = await this.catalog.ensureDelay(queue, stepMs);
    await this.publishTo(queue, encode(address), async () => {
      this.catalog.forgetDelays(queue);
      await this.catalog.ensureDelay(queue, stepMs);
    });
  }

  /** Sends to a queue that is declared when it is missing. */
  async sendDeclaring(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<void> {
    if (!this.catalog.isDeclared(queue)) await this.catalog.ensure([queue]);
    await this.publishTo(queue, messages, () => this.catalog.restore(queue));
  }

  private async publishTo(
    queue: QueueName,
    messages: readonly OutgoingMessage[],
    declareAgain: () => Promise<unknown>,
  ): Promise<void> {
    const unroutable = await this.publisher.publish(queue, messages);
    if (unroutable.length === 0) return;
    const cause = new UnroutableError(queue);
    if (!this.catalog.isDeclared(queue)) throw new QueueNotFoundError(queue, { cause });
    await this.redeclare(queue, declareAgain);
    const again = unroutable.toSorted((a, b) => a - b).map((index) => messages[index] as OutgoingMessage);
    if ((await this.publisher.publish(queue, again)).length > 0) throw cause;
  }

  private async redeclare(queue: QueueName, declareAgain: () => Promise<unknown>): Promise<void> {
    try {
      await declareAgain();
    } catch (error) {
      if (error instanceof BrokerUnavailableError) throw error;
      throw new UnroutableError(queue, { cause: error });
    }
  }
}
