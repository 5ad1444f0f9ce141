import type { CircuitBreaker } from '@tasker/circuit-breaker';
import {
  createBreaker,
  createHealthMonitor,
  type HealthCheck,
  type HealthMonitor,
  observeComponents,
} from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { type Database, isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';

interface Told {
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Gives the breaker of a worker's database. */
export function createDatabaseBreaker(settings: Settings['circuit_breakers']['database'], told: Told): CircuitBreaker {
  return createBreaker({ name: 'database', settings, isFailure: isDatabaseOutage, ...told });
}

/** What {@link watchComponents} watches. */
export interface WatchedComponents extends Told {
  /** Through its breaker, so that a check can be its trial. */
  readonly database: Database;
  /** Asks the broker for a sign of life; null when messages are in the database. */
  readonly checkBroker: (() => Promise<unknown>) | null;
  readonly settings: Settings['orchestration']['health'];
}

/** Gives the monitor of the components `database` and, with a broker, `message_queue`. */
export function watchComponents({
  database,
  checkBroker,
  settings,
  metrics,
  logger,
}: WatchedComponents): HealthMonitor {
  const checks: HealthCheck[] = [{ name: 'database', check: () => database.query({ text: 'select' }) }];
  if (checkBroker !== null) checks.push({ name: 'message_queue', check: checkBroker });
  return createHealthMonitor({
    checks,
    intervalMs: settings.health_check_interval_ms,
    unhealthyThreshold: settings.unhealthy_threshold,
    recoveryThreshold: settings.recovery_threshold,
    onChange: observeComponents(metrics, logger),
  });
}
