import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { isProviderOutage } from '@tasker/messaging';
import { createBreaker } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';

/** Orchestration's breakers. */
export interface Breakers {
  readonly database: CircuitBreaker;
  readonly messageQueue: CircuitBreaker;
}

/** Gives the breakers `database` and `message_queue`; the latter guards the database too, unless messages are with a broker. */
export function createBreakers(settings: Settings, metrics: Metrics, logger: Logger): Breakers {
  const { circuit_breakers: breakers, messaging } = settings;
  const isQueueFailure = messaging.backend === 'pgmq' ? isDatabaseOutage : isProviderOutage;
  const shared = { metrics, logger };
  return {
    database: createBreaker({ ...shared, name: 'database', settings: breakers.database, isFailure: isDatabaseOutage }),
    messageQueue: createBreaker({
      ...shared,
      name: 'message_queue',
      settings: breakers.message_queue,
      isFailure: isQueueFailure,
    }),
  };
}
