import { setTimeout } from 'node:timers/promises';
import type { Channel, Options } from 'amqplib';
import { deadLetterQueueName } from '../dead-letter';
import { QueueDriftError, QueueNotFoundError } from '../errors';
import type { QueueName } from '../queue-name';
import { DELAY_STEPS_MS, isDeadLetterQueue, type QueueTopology } from './queue-topology';
import type { RecoveringConnection } from './recovering-connection';

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
const RESTORE_AFTER_MS = 500;
const UNSURE_AFTER_MS = 200;
const COUNT_ATTEMPTS = 10;

/** The queues that this process knows of: AMQP can declare and check a queue, not list them. */
export class QueueCatalog {
  /** Declared here, and declared again when the broker has lost them. */
  private readonly declared = new Set<QueueName>();
  /** Found at the broker, declared by others. */
  private readonly found = new Set<QueueName>();
  private readonly delaySteps = new Map<QueueName, Set<number>>();

  constructor(
    private readonly connection: RecoveringConnection,
    private readonly topology: QueueTopology,
    private readonly timeoutMs: number,
  ) {}

  isDeclared(queue: QueueName): boolean {
    return this.declared.has(queue);
  }

  /** Whether the queue was seen, so that it existed. */
  isKnown(queue: QueueName): boolean {
    return this.declared.has(queue) || this.found.has(queue);
  }

  /** Declares the queues, and the dead-letter queue of each. @throws {QueueDriftError} when one exists otherwise. */
  async ensure(queues: readonly QueueName[]): Promise<void> {
    const names = new Set(queues.flatMap((queue) => withDeadLetterQueue(queue)));
    if (names.size === 0) return;
    await this.withChannel(async (channel) => {
      for (const name of names) {
        await declare(channel, name, this.topology.address(name), this.topology.queueOptions(name));
        this.declared.add(name);
      }
    });
  }

  /** Declares a queue that was deleted behind us. */
  async restore(queue: QueueName): Promise<void> {
    // A quorum queue declared within 30 ms of its deletion keeps the consumers of the old one, which get nothing more.
    await setTimeout(RESTORE_AFTER_MS);
    await this.ensure([queue]);
  }

  /** Declares what this process has declared so far, as a broker may have lost it. */
  async ensureAgain(): Promise<void> {
    await this.ensure([...this.declared]);
  }

  /** Gives the queue that holds messages for this long, declared. */
  async ensureDelay(queue: QueueName, stepMs: number): Promise<string> {
    const address = this.topology.delayAddress(queue, stepMs);
    const steps = this.delaySteps.get(queue) ?? new Set();
    if (steps.has(stepMs)) return address;
    await this.withChannel((channel) => declare(channel, queue, address, this.topology.delayOptions(queue, stepMs)));
    this.delaySteps.set(queue, steps.add(stepMs));
    return address;
  }

  /** Forgets that the delay queues were declared, so that they are again. */
  forgetDelays(queue: QueueName): void {
    this.delaySteps.delete(queue);
  }

  /** Counts the messages that can be received now. @throws {QueueNotFoundError} */
  async countReady(queue: QueueName): Promise<number> {
    const count = await this.findReadyCount(queue, this.topology.address(queue));
    if (count === null) throw new QueueNotFoundError(queue);
    return count;
  }

  /** Counts the messages that wait for their time in the delay queues that this process has used. */
  async countDelayed(queue: QueueName): Promise<number> {
    let count = 0;
    for (const stepMs of this.delaySteps.get(queue) ?? []) {
      count += (await this.findReadyCount(queue, this.topology.delayAddress(queue, stepMs))) ?? 0;
    }
    return count;
  }

  /** Resolves when the queue is known to exist or to have existed. @throws {QueueNotFoundError} */
  async requireKnown(queue: QueueName): Promise<void> {
    if (!this.isKnown(queue)) await this.countReady(queue);
  }

  /** Gives the known queues that still exist, by name. */
  async list(): Promise<QueueName[]> {
    const existing: QueueName[] = [];
    for (const queue of new Set([...this.declared, ...this.found])) {
      if ((await this.findReadyCount(queue, this.topology.address(queue))) !== null) existing.push(queue);
    }
    return existing.sort();
  }

  /** Deletes the queue and its delay queues; false when there was none. */
  async remove(queue: QueueName): Promise<boolean> {
    const existed = (await this.findReadyCount(queue, this.topology.address(queue))) !== null;
    this.declared.delete(queue);
    this.found.delete(queue);
    this.delaySteps.delete(queue);
    await this.withChannel(async (channel) => {
      for (const stepMs of DELAY_STEPS_MS) await channel.deleteQueue(this.topology.delayAddress(queue, stepMs));
      if (existed) await channel.deleteQueue(this.topology.address(queue));
    });
    return existed;
  }

  private async findReadyCount(queue: QueueName, address: string): Promise<number | null> {
    try {
      const messageCount = await this.withChannel((channel) => countReadyOn(channel, address));
      if (address === this.topology.address(queue)) this.found.add(queue);
      return messageCount;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (address === this.topology.address(queue)) this.found.delete(queue);
      return null;
    }
  }

  private withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    return this.connection.withChannel(work, this.timeoutMs);
  }
}

/** A quorum queue that does not answer its broker within 250 ms is said to be empty: such an answer is asked for again. */
async function countReadyOn(channel: Channel, address: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const askedAtMs = performance.now();
    const { messageCount } = await channel.checkQueue(address);
    const isSure = messageCount > 0 || performance.now() - askedAtMs < UNSURE_AFTER_MS;
    if (isSure || attempt === COUNT_ATTEMPTS) return messageCount;
  }
}

/** Whether the broker has no such queue. */
export function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === NOT_FOUND;
}

async function declare(channel: Channel, queue: QueueName, address: string, options: Options.AssertQueue) {
  try {
    await channel.assertQueue(address, options);
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    const [, detail] = /inequivalent arg (.+?)"?$/.exec((error as Error).message) ?? [];
    throw new QueueDriftError(queue, detail ?? (error as Error).message, { cause: error });
  }
}

function withDeadLetterQueue(queue: QueueName): QueueName[] {
  return isDeadLetterQueue(queue) ? [queue] : [deadLetterQueueName(queue), queue];
}
