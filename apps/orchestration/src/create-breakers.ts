import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { createBreaker } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';

/** Orchestration's breakers. */
export interface Breakers {
  readonly database: CircuitBreaker;
  readonly messageQueue: CircuitBreaker;
}

/** Gives the breakers `database` and `message_queue`, for a queue that is in the database too. */
export function createBreakers(settings: Settings['circuit_breakers'], metrics: Metrics, logger: Logger): Breakers {
  const shared = { isFailure: isDatabaseOutage, metrics, logger };
  return {
    database: createBreaker({ ...shared, name: 'database', settings: settings.database }),
    messageQueue: createBreaker({ ...shared, name: 'message_queue', settings: settings.message_queue }),
  };
}
