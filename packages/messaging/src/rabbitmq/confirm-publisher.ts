import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { BrokerUnavailableError, ConfirmTimeoutError, InvalidMessageError, PublishRefusedError } from '../errors';
import type { Logger } from '../logger';
import type { OutgoingMessage } from './message-codec';

const REOPEN_AFTER_MS = 100;

/** What a {@link ConfirmPublisher} needs. */
export interface ConfirmPublisherDeps {
  /** Messages that may be without their confirm at once. */
  readonly window: number;
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Why nothing can be sent at the moment; null when it can. */
  connectionProblem(): string | null;
}

interface Batch {
  readonly queue: string;
  readonly messages: readonly OutgoingMessage[];
  /** Indices of what is to be written, the next one last. */
  todo: number[];
  unconfirmedCount: number;
  wasWritten: boolean;
  settled: boolean;
  readonly unroutable: number[];
  failure: Error | null;
  readonly outcome: Promise<readonly number[]>;
  settle(): void;
}

/**
 * Publishes with confirms over one channel, in order, with a bounded number on their way.
 *
 * What was not confirmed when a channel was lost is published again on the next, with the ids it had: at least once.
 */
export class ConfirmPublisher {
  private model: ChannelModel | null = null;
  private channel: ConfirmChannel | null = null;
  private blockedReason: string | null = null;
  private paused = false;
  private inFlightCount = 0;
  private readonly batches = new Set<Batch>();
  private queue: Batch[] = [];
  private readonly returnedIds = new Set<string>();

  constructor(private readonly deps: ConfirmPublisherDeps) {}

  /** Why nothing is written at the moment; null when it is. */
  get problem(): string | null {
    if (this.blockedReason !== null) return `it is blocked: ${this.blockedReason}`;
    return this.deps.connectionProblem() ?? (this.channel ? null : 'the channel is being opened');
  }

  /** Goes on over this connection. */
  use(model: ChannelModel): void {
    this.model = model;
    void this.open(model);
  }

  setBlocked(reason: string | null): void {
    this.blockedReason = reason;
    this.pump();
  }

  /**
   * Publishes and gives the indices of those that no queue took, once all are answered for.
   *
   * @throws {BrokerUnavailableError} when time ran out before anything was written.
   * @throws {ConfirmTimeoutError} when it ran out later. @throws {PublishRefusedError} when the broker refused one.
   */
  publish(queue: string, messages: readonly OutgoingMessage[]): Promise<readonly number[]> {
    const batch = this.makeBatch(queue, messages);
    this.batches.add(batch);
    this.queue.push(batch);
    this.pump();
    return batch.outcome;
  }

  /** Waits for what is on its way while the broker can answer, and ends the rest with this error. */
  async stop(error: Error): Promise<void> {
    if (this.problem === null) await Promise.allSettled([...this.batches].map(({ outcome }) => outcome));
    this.model = null;
    this.channel = null;
    for (const batch of this.batches) {
      batch.failure = error;
      batch.settle();
    }
  }

  private makeBatch(queue: string, messages: readonly OutgoingMessage[]): Batch {
    let settle = (): void => {};
    const outcome = new Promise<readonly number[]>((resolve, reject) => {
      const timer = setTimeout(() => this.expire(batch), this.deps.timeoutMs);
      settle = () => {
        clearTimeout(timer);
        batch.settled = true;
        batch.todo = [];
        this.batches.delete(batch);
        if (batch.failure) reject(batch.failure);
        else resolve(batch.unroutable);
      };
    });
    const batch: Batch = {
      queue,
      messages,
      todo: Array.from(messages, (_, index) => messages.length - 1 - index),
      unconfirmedCount: messages.length,
      wasWritten: false,
      settled: false,
      unroutable: [],
      failure: null,
      outcome,
      settle,
    };
    return batch;
  }

  private async open(model: ChannelModel): Promise<void> {
    try {
      const channel = await model.createConfirmChannel();
      channel.on('error', (error) => this.deps.logger.warn('publishing channel failed', { problem: error.message }));
      channel.on('return', ({ properties }) => this.returnedIds.add(String(properties.messageId)));
      channel.on('drain', () => this.resumeAfterDrain());
      channel.on('close', () => this.closed(model, channel));
      this.channel = channel;
      this.paused = false;
      this.pump();
    } catch (error) {
      // A lost connection comes back by itself, with a new model.
      this.deps.logger.debug('opening the publishing channel failed', { problem: String(error) });
    }
  }

  private closed(model: ChannelModel, channel: ConfirmChannel): void {
    if (this.channel !== channel) return;
    this.channel = null;
    this.returnedIds.clear();
    this.queue = [...this.batches].filter(({ todo }) => todo.length > 0);
    for (const batch of this.queue) batch.todo.sort((a, b) => b - a);
    const reopen = (): void => {
      if (this.model === model && this.deps.connectionProblem() === null) void this.open(model);
    };
    setTimeout(reopen, REOPEN_AFTER_MS);
  }

  private resumeAfterDrain(): void {
    this.paused = false;
    this.pump();
  }

  private pump(): void {
    while (this.channel && !this.paused && this.blockedReason === null && this.inFlightCount < this.deps.window) {
      const batch = this.queue[0];
      if (!batch) return;
      const index = batch.todo.pop();
      if (index === undefined) this.queue.shift();
      else this.write(this.channel, batch, index);
    }
  }

  private write(channel: ConfirmChannel, batch: Batch, index: number): void {
    const { address, content, options } = batch.messages[index] as OutgoingMessage;
    try {
      const confirm = (error: Error | null): void => this.confirmed(batch, index, error);
      this.paused = !channel.publish('', address, content, options, confirm);
      this.inFlightCount += 1;
      batch.wasWritten = true;
    } catch (error) {
      if ((error as Error).name === 'IllegalOperationError') {
        // The channel is closing: its close follows, and what to do next with it.
        batch.todo.push(index);
        this.paused = true;
        return;
      }
      batch.failure = new InvalidMessageError(batch.queue, 'its headers do not fit into AMQP', { cause: error });
      batch.settle();
    }
  }

  private confirmed(batch: Batch, index: number, error: Error | null): void {
    this.inFlightCount -= 1;
    if (error?.message === 'channel closed') {
      if (!batch.settled) batch.todo.push(index);
      return;
    }
    const { messageId } = (batch.messages[index] as OutgoingMessage).options;
    if (error) batch.failure ??= new PublishRefusedError(batch.queue);
    if (this.returnedIds.delete(messageId)) batch.unroutable.push(index);
    batch.unconfirmedCount -= 1;
    if (batch.unconfirmedCount === 0 && !batch.settled) batch.settle();
    this.pump();
  }

  private expire(batch: Batch): void {
    const problem = this.problem ?? 'it is slow';
    batch.failure = batch.wasWritten
      ? new ConfirmTimeoutError(batch.queue, this.deps.timeoutMs, problem)
      : new BrokerUnavailableError(problem);
    batch.settle();
  }
}
