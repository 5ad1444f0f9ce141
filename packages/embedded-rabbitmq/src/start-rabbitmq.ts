import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startRabbitMqNode } from './start-node';

/** A broker for tests, wherever it comes from. */
export interface RabbitMqServer extends AsyncDisposable {
  readonly url: string;
  /** Where it comes from, in words. */
  readonly description: string;
  /** Ends what was started; safe to call twice. */
  stop(): Promise<void>;
}

const IMAGE = 'rabbitmq:4.1-alpine';
const AMQP_PORT = 5_672;

async function hasDockerEngine(): Promise<boolean> {
  return promisify(execFile)('docker', ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

async function startContainer(): Promise<RabbitMqServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(AMQP_PORT)
    .withWaitStrategy(Wait.forLogMessage(/Server startup complete/))
    .start();
  let stopping: Promise<unknown> | null = null;
  const stop = async () => {
    stopping ??= container.stop();
    await stopping;
  };
  return {
    url: `amqp://guest:guest@${container.getHost()}:${container.getMappedPort(AMQP_PORT)}`,
    description: `container ${IMAGE}, thrown away afterwards`,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Gives a broker: a container when a Docker engine answers, else the one of `RABBITMQ_URL`, else a private node of an installed
 * RabbitMQ, which root installs first on Debian.
 *
 * @throws {RabbitMqUnavailableError} when none of these is possible; the message says what would help.
 * @throws {RabbitMqStartError} when the node does not start.
 */
export async function startRabbitMq(): Promise<RabbitMqServer> {
  if (await hasDockerEngine()) return startContainer();
  const given = process.env.RABBITMQ_URL;
  if (given) {
    const stop = async () => {};
    return { url: given, description: 'the broker of RABBITMQ_URL', stop, [Symbol.asyncDispose]: stop };
  }
  const node = await startRabbitMqNode();
  const { url, version, stop } = node;
  return {
    url,
    description: `private node ${version}, thrown away afterwards`,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
