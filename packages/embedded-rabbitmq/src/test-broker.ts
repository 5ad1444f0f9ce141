import { RabbitMqUnavailableError } from './errors';
import { type RabbitMqServer, startRabbitMq } from './start-rabbitmq';

/** The variable that hands the broker of a run to its suites; empty: there is none, and they are skipped. */
export const TEST_BROKER_VARIABLE = 'TASKER_TEST_RABBITMQ_URL';

const NONE = { url: '', stop: async () => {}, [Symbol.asyncDispose]: async () => {} };

/**
 * Starts the broker of a run of suites. Where none is to be had they are skipped, with a description that says so.
 *
 * @throws {RabbitMqUnavailableError} instead, when the variable `CI` is set: there nothing may be skipped.
 */
export async function startTestBroker(): Promise<RabbitMqServer> {
  try {
    return await startRabbitMq();
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
