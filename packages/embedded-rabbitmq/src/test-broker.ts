import { RabbitMqUnavailableError } from './errors';
import { canStartRabbitMqNode, NOT_INSTALLED } from './start-node';
import { type RabbitMqServer, startRabbitMq } from './start-rabbitmq';

/** The variable that hands the broker of a run to its suites; empty: there is none, and they are skipped. */
export const TEST_BROKER_VARIABLE = 'TASKER_TEST_RABBITMQ_URL';

const NO_NODE = `SUITES THAT KILL A BROKER NEED ONE OF THEIR OWN, AND ARE SKIPPED. ${NOT_INSTALLED}`;
const NONE = { url: '', stop: async () => {}, [Symbol.asyncDispose]: async () => {} };

/**
 * Starts the broker of a run of suites. Where none is to be had, or none that may be killed, suites are skipped, with a description
 * that says so.
 *
 * @throws {RabbitMqUnavailableError} instead, when the variable `CI` is set: there nothing may be skipped.
 */
export async function startTestBroker(): Promise<RabbitMqServer> {
  try {
    const server = await startRabbitMq();
    if (canStartRabbitMqNode()) return server;
    if (!process.env.CI) return { ...server, description: `${server.description}; ${NO_NODE}` };
    await server.stop();
    throw new RabbitMqUnavailableError(NO_NODE);
  } catch (error) {
    if (!(error instanceof RabbitMqUnavailableError) || process.env.CI) throw error;
    return { ...NONE, description: `NONE, ALL SUITES THAT NEED A BROKER ARE SKIPPED. ${error.message}` };
  }
}

/**
 * Gives the URL of the broker of this run, or null when there is none.
 *
 * @throws when the suite was not started by jest with the preset's `rabbitmq`
 */
export function testBrokerUrl(): string | null {
  const url = process.env[TEST_BROKER_VARIABLE];
  if (url === undefined) throw new Error(`${TEST_BROKER_VARIABLE} is not set: run the tests through jest`);
  return url === '' ? null : url;
}
