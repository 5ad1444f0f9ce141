import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { type BreakerSettings, createBreaker } from '@tasker/service-host';
import { isDatabaseOutage } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';

/** Settings of the breakers; what is left out is the default. */
export interface CircuitBreakerSettings {
  /** @default 5 errors, 30 s open, 15 s half-open */
  readonly database?: BreakerSettings;
  /** @default 10 errors, 60 s open, 30 s half-open */
  readonly messageQueue?: BreakerSettings;
}

/** Orchestration's breakers. */
export interface Breakers {
  readonly database: CircuitBreaker;
  readonly messageQueue: CircuitBreaker;
}

const MESSAGE_QUEUE: BreakerSettings = { errorThreshold: 10, timeoutMs: 60_000, halfOpenTimeoutMs: 30_000 };

/** Gives the breakers `database` and `message_queue`, for a queue that is in the database too. */
export function createBreakers(settings: CircuitBreakerSettings, metrics: Metrics, logger: Logger): Breakers {
  const shared = { isFailure: isDatabaseOutage, metrics, logger };
  return {
    database: createBreaker({ ...shared, name: 'database', settings: settings.database ?? {} }),
    messageQueue: createBreaker({
      ...shared,
      name: 'message_queue',
      settings: { ...MESSAGE_QUEUE, ...settings.messageQueue },
    }),
  };
}
