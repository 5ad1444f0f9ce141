import { DriverMissingError } from '../errors';

/** The driver, loaded when first needed: who only uses the other providers need not install it. */
export type AmqpDriver = typeof import('amqplib');

/**
 * Gives the `amqplib` package of the application.
 *
 * @throws {DriverMissingError} when it is not installed.
 */
export function loadAmqplib(): AmqpDriver {
  try {
    return require('amqplib') as AmqpDriver;
  } catch (error) {
    throw new DriverMissingError('amqplib', { cause: error });
  }
}
