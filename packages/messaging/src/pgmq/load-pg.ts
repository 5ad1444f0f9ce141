import { DriverMissingError } from '../errors';

/** The driver, loaded when first needed: who only uses the other providers need not install it. */
export type PgDriver = typeof import('pg');

/**
 * Gives the `pg` package of the application.
 *
 * @throws {DriverMissingError} when it is not installed.
 */
export function loadPg(): PgDriver {
  try {
    return require('pg') as PgDriver;
  } catch (error) {
    throw new DriverMissingError('pg', { cause: error });
  }
}
