import { Pool } from 'pg';
import { adaptToPooler } from './adapt-to-pooler';

/** How a pool of connections is kept; the keys are those of `[database]`. */
export interface PoolSettings {
  readonly url: string;
  /** Connections that are opened at the start and stay open while nobody needs them. */
  readonly min_connections: number;
  /** Milliseconds that a statement waits for a connection. */
  readonly connection_timeout_ms: number;
  /** Seconds after which a connection that nobody needs is closed. */
  readonly idle_timeout_seconds: number;
  /** Seconds after which a connection is replaced. */
  readonly max_lifetime_seconds: number;
}

/** Whose pool it is. */
export interface PoolOptions {
  readonly settings: PoolSettings;
  /** Connections at the most. */
  readonly maxConnections: number;
  /** Shown in `pg_stat_activity`; cut at 63 characters. */
  readonly applicationName: string;
  /** Told when a connection that nobody uses is lost. */
  readonly onIdleLost: (error: Error) => void;
}

/** Gives a pool, past a pooler or through one; its connections are opened as they are needed. Whoever creates it ends it. */
export function createPool({ settings, maxConnections, applicationName, onIdleLost }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: settings.url,
    max: maxConnections,
    min: Math.min(settings.min_connections, maxConnections),
    connectionTimeoutMillis: settings.connection_timeout_ms,
    idleTimeoutMillis: settings.idle_timeout_seconds * 1_000,
    maxLifetimeSeconds: settings.max_lifetime_seconds,
    application_name: applicationName.slice(0, 63),
    keepAlive: true,
    onConnect: adaptToPooler,
  });
  return pool.on('error', onIdleLost);
}

/** Opens the pool's least number of connections, so that the first requests need not. @throws the driver's error */
export async function warmPool(pool: Pool): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: pool.options.min ?? 0 }, () => pool.connect()));
  for (const one of opened) if (one.status === 'fulfilled') one.value.release();
  for (const one of opened) if (one.status === 'rejected') throw one.reason;
}
