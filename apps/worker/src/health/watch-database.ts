import type { CircuitBreaker } from '@tasker/circuit-breaker';
import {
  type BreakerSettings,
  createBreaker,
  createHealthMonitor,
  type HealthMonitor,
  type HealthMonitorOptions,
  observeComponents,
} from '@tasker/service-host';
import { guardDatabase, isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { Pool } from 'pg';

/** How an outage of the database is noticed, and its end. */
export interface OutageSettings {
  /** Settings of the breaker `database`. @default 5 errors, 30 s open, 15 s half-open */
  readonly circuitBreakers?: { readonly database?: BreakerSettings };
  /** @default every 30 s; unhealthy after 3 failed checks, healthy after 2 good ones */
  readonly healthChecks?: Pick<HealthMonitorOptions, 'intervalMs' | 'unhealthyThreshold' | 'recoveryThreshold'>;
}

/** The database's breaker, and the monitor to start and stop, whose checks go through it and can be its trial. */
export interface WatchedDatabase {
  readonly breaker: CircuitBreaker;
  readonly monitor: HealthMonitor;
}

/** Gives breaker and monitor of a worker's database. */
export function watchDatabase(
  pool: Pool,
  { circuitBreakers, healthChecks }: OutageSettings,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
): WatchedDatabase {
  const breaker = createBreaker({
    name: 'database',
    settings: circuitBreakers?.database ?? {},
    isFailure: isDatabaseOutage,
    metrics,
    logger,
  });
  const database = guardDatabase(pool, breaker);
  const monitor = createHealthMonitor({
    ...healthChecks,
    checks: [{ name: 'database', check: () => database.query('select') }],
    onChange: observeComponents(metrics, logger),
  });
  return { breaker, monitor };
}
