import { boundedInteger } from '../consumer/consume-settings';
import { InvalidOptionsError } from '../errors';
import type { Logger } from '../logger';
import type { SendOptions } from '../messaging-provider';
import type { SqlClient } from './install-pgmq';
import { loadPg } from './load-pg';

/** How to make a `PgmqProvider`; give either `pool` or `connectionString`. */
export interface PgmqProviderOptions {
  /** A `pg.Pool`, or what looks like one. Used, never ended. */
  readonly pool?: SqlClient;
  /** A pool of its own is made for this, and ended by `stop`. */
  readonly connectionString?: string;
  /** @default 10 — connections of the own pool, 1 … 1_000. */
  readonly poolSize?: number;
  /**
   * Where to LISTEN: past any transaction pooler. Without it and without `connectionString` there are no wake-ups:
   * `hybrid` becomes `poll`, and says so.
   * @default `connectionString`
   */
  readonly listenUrl?: string;
  /** @default true — installs the queue schema at start when it is missing. */
  readonly install?: boolean;
  /** @default 1_000 — milliseconds of notification round trip above which `hybrid` polls as if there were none. */
  readonly fallbackThresholdMs?: number;
  readonly logger?: Logger;
}

/** {@link SendOptions}, and the caller's own transaction. */
export interface PgmqSendOptions extends SendOptions {
  /**
   * Sends over this client, inside the transaction that is open on it. Nobody is woken, since only the caller knows of
   * the commit: call `announce` after it.
   */
  readonly client?: SqlClient;
}

/**
 * Gives what to query: the caller's pool, whose `end` does nothing, or one of our own.
 *
 * @throws {InvalidOptionsError | DriverMissingError} when there is neither.
 */
export function poolOf(options: PgmqProviderOptions, logger: Logger): { sql: SqlClient; end: () => Promise<void> } {
  if (options.pool) return { sql: options.pool, end: async () => {} };
  if (options.connectionString === undefined) throw new InvalidOptionsError('give either pool or connectionString');
  const { Pool } = loadPg();
  const max = boundedInteger('poolSize', options.poolSize ?? 10, 1, 1_000);
  const pool = new Pool({ connectionString: options.connectionString, max, application_name: 'tasker-messaging' });
  pool.on('error', (error) => logger.warn('idle connection lost', { error: error.message }));
  return { sql: pool as SqlClient, end: () => pool.end() };
}
