import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { createBreaker, createHealthMonitor, type HealthMonitor, observeComponents } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { guardDatabase, isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import type { Pool } from 'pg';

/** How an outage of the database is noticed, and its end. */
export interface OutageSettings {
  readonly breaker: Settings['circuit_breakers']['database'];
  readonly health: Settings['orchestration']['health'];
}

/** The database's breaker, and the monitor to start and stop, whose checks go through it and can be its trial. */
export interface WatchedDatabase {
  readonly breaker: CircuitBreaker;
  readonly monitor: HealthMonitor;
}

/** Gives breaker and monitor of a worker's database. */
export function watchDatabase(
  pool: Pool,
  { breaker: breakerSettings, health }: OutageSettings,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
): WatchedDatabase {
  const breaker = createBreaker({
    name: 'database',
    settings: breakerSettings,
    isFailure: isDatabaseOutage,
    metrics,
    logger,
  });
  const database = guardDatabase(pool, breaker);
  const monitor = createHealthMonitor({
    intervalMs: health.health_check_interval_ms,
    unhealthyThreshold: health.unhealthy_threshold,
    recoveryThreshold: health.recovery_threshold,
    checks: [{ name: 'database', check: () => database.query('select') }],
    onChange: observeComponents(metrics, logger),
  });
  return { breaker, monitor };
}
