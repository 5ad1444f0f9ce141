import { randomBytes } from 'node:crypto';
import { createDatabase } from '@tasker/embedded-postgres';
import { type RabbitMqServer, RabbitMqUnavailableError, startRabbitMq } from '@tasker/embedded-rabbitmq';
import { createStack, type ServiceStack } from '@tasker/lifecycle';
import { MemoryProvider } from '@tasker/messaging/memory';
import { PgmqProvider } from '@tasker/messaging/pgmq';
import { RabbitMqProvider } from '@tasker/messaging/rabbitmq';
import { startBenchPostgres } from '../start-bench-postgres';
import { bareAmqplib } from './bare-amqplib';
import { barePg } from './bare-pg';
import type { Backend } from './contender';
import { libraryContender } from './library-contender';

export const BACKEND_NAMES = ['pgmq', 'rabbitmq', 'memory'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** What is measured, and on what servers. */
export interface Backends extends AsyncDisposable {
  readonly backends: readonly Backend[];
  readonly servers: string;
  /** Why RabbitMQ is not among them; null when it is. */
  readonly brokerProblem: string | null;
}

async function startPgmq(connectionString: string): Promise<Backend> {
  const [sender, receiver] = [new PgmqProvider({ connectionString }), new PgmqProvider({ connectionString })];
  await sender.start();
  await receiver.start();
  return { library: libraryContender(sender), bare: barePg(connectionString), sender, receiver };
}

async function startRabbit(url: string): Promise<Backend> {
  const prefix = `bench-${randomBytes(6).toString('hex')}`;
  const [sender, receiver] = [new RabbitMqProvider({ url, prefix }), new RabbitMqProvider({ url, prefix })];
  await sender.start();
  await receiver.start();
  return { library: libraryContender(sender), bare: await bareAmqplib(url), sender, receiver };
}

function inMemory(): Backend {
  const provider = new MemoryProvider();
  return { library: libraryContender(provider), bare: null, sender: provider, receiver: provider };
}

async function findBroker(): Promise<RabbitMqServer | string> {
  try {
    return await startRabbitMq();
  } catch (error) {
    if (error instanceof RabbitMqUnavailableError) return error.message;
    throw error;
  }
}

/** Starts the providers named, PostgreSQL unless there is `DATABASE_URL`, and RabbitMQ where one is to be had. */
export async function startBackends(names: readonly BackendName[]): Promise<Backends> {
  const stack = createStack();
  try {
    return await startOn(stack, names);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function startOn(stack: ServiceStack, names: readonly BackendName[]): Promise<Backends> {
  const endLater = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    stack.defer(async () => resource[Symbol.asyncDispose]());
    return resource;
  };
  const given = process.env.DATABASE_URL;
  const postgres = given === undefined ? endLater(await startBenchPostgres()) : null;
  const database = endLater(await createDatabase(given ?? postgres?.connectionString ?? '', { prefix: 'bench' }));
  const broker = names.includes('rabbitmq') ? await findBroker() : null;
  const problem = typeof broker === 'string' ? broker : null;
  const found = broker === null || typeof broker === 'string' ? null : endLater(broker);
  const starts: Readonly<Record<BackendName, () => Promise<Backend> | Backend | null>> = {
    pgmq: () => startPgmq(database.connectionString),
    rabbitmq: () => found && startRabbit(found.url),
    memory: inMemory,
  };
  const started = await Promise.all(names.map((name) => starts[name]()));
  const backends = started.filter((backend) => backend !== null);
  for (const { library, bare, receiver } of backends) {
    for (const part of [library, bare, receiver]) if (part !== null) endLater(part);
  }
  const postgresName = postgres === null ? 'PostgreSQL of DATABASE_URL' : `PostgreSQL ${postgres.version}`;
  return {
    backends,
    servers: `${postgresName}, RabbitMQ: ${found?.description ?? 'none'}`,
    brokerProblem: problem,
    [Symbol.asyncDispose]: () => stack.stop(),
  };
}
