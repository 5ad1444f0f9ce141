import { randomBytes } from 'node:crypto';
import { RabbitMqProvider, type RabbitMqProviderOptions } from '../rabbitmq';

/** Gives a prefix that nobody else uses. */
export function uniquePrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** A provider whose stop deletes the queues it knows, for brokers that outlive the tests. */
export class TidyRabbitMqProvider extends RabbitMqProvider {
  private tidying: Promise<void> | undefined;

  constructor(options: RabbitMqProviderOptions) {
    super(options);
  }

  override async stop(): Promise<void> {
    this.tidying ??= this.deleteQueues();
    await this.tidying;
    await super.stop();
  }

  private async deleteQueues(): Promise<void> {
    if (!(await this.health()).healthy) return;
    for (const { name } of await this.listQueues()) await this.deleteQueue(name);
  }
}
