import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { answersAmqp } from './answers';
import { RabbitMqUnavailableError } from './errors';
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
const ANSWER_TIMEOUT_MS = 5_000;

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

/** Over TLS only a client can tell whether the broker answers. */
async function useGiven(url: string): Promise<RabbitMqServer> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'amqp:' && !(await answersAmqp(Number(port || AMQP_PORT), ANSWER_TIMEOUT_MS, hostname))) {
    throw new RabbitMqUnavailableError(
      `the broker of RABBITMQ_URL does not answer at ${hostname}: start it, or unset it`,
    );
  }
  const stop = async () => {};
  return { url, description: 'the broker of RABBITMQ_URL', stop, [Symbol.asyncDispose]: stop };
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
  if (given) return useGiven(given);
  const node = await startRabbitMqNode();
  const { url, version, stop } = node;
  return {
    url,
    description: `private node ${version}, thrown away afterwards`,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
