import { CircuitBreaker, type CircuitStateChange, circuitStates } from '@tasker/circuit-breaker';
import type { Logger, Metrics } from '@tasker/telemetry';

/** How a breaker reacts; the keys are those of `[circuit_breakers.<name>]`. */
export interface BreakerSettings {
  readonly enabled: boolean;
  /** Errors in a row that open it. */
  readonly error_threshold: number;
  /** Seconds that it stays open before it lets one call try. */
  readonly timeout_seconds: number;
  /** Seconds that such a trial may take. */
  readonly half_open_timeout_seconds: number;
}

/** What {@link createBreaker} works with. */
export interface CreateBreakerDeps {
  readonly name: string;
  readonly settings: BreakerSettings;
  /** Whether an error says that what is behind the breaker is away. */
  readonly isFailure: (error: unknown) => boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Gives a circuit breaker whose state is in the metrics and whose changes are logged: `warn` when it opens, else `info`. */
export function createBreaker({ name, settings, isFailure, metrics, logger }: CreateBreakerDeps): CircuitBreaker {
  function onStateChange({ from, to }: CircuitStateChange): void {
    metrics.increment('tasker_circuit_breaker_transitions_total', { name, to });
    const fields = { component: 'circuit breaker', circuit: name, from, to };
    if (to === 'open') logger.warn('circuit breaker opened', fields);
    else logger.info('circuit breaker changed its state', fields);
  }

  const breaker = new CircuitBreaker({
    name,
    enabled: settings.enabled,
    errorThreshold: settings.error_threshold,
    timeoutMs: settings.timeout_seconds * 1_000,
    halfOpenTimeoutMs: settings.half_open_timeout_seconds * 1_000,
    isFailure,
    onStateChange,
  });
  metrics.onScrape(() => {
    for (const state of circuitStates) {
      metrics.set('tasker_circuit_breaker_state', { name, state }, breaker.state === state ? 1 : 0);
    }
  });
  return breaker;
}
