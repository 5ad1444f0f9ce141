import { flag, integer, section } from '@tasker/config';
import { DAY_S } from './durations';

function breaker(of: string, defaults: { readonly errors: number; readonly open: number; readonly halfOpen: number }) {
  return section(`The circuit breaker of ${of}.`, {
    enabled: flag('Whether it may open; without it every call is tried.', true),
    error_threshold: integer('Errors in a row that open it.', {
      default: defaults.errors,
      minimum: 1,
      maximum: 10_000,
    }),
    timeout_seconds: integer('Seconds that it stays open, failing each call at once, before it lets one try.', {
      default: defaults.open,
      minimum: 1,
      maximum: DAY_S,
    }),
    half_open_timeout_seconds: integer('Seconds that recovery is tested before it closes.', {
      default: defaults.halfOpen,
      minimum: 1,
      maximum: DAY_S,
    }),
  });
}

/** `[circuit_breakers]` */
export const circuitBreakersSchema = section('Circuit breakers: they fail fast while a dependency is down.', {
  database: breaker('the database', { errors: 5, open: 30, halfOpen: 15 }),
  message_queue: breaker('the message queue', { errors: 10, open: 60, halfOpen: 30 }),
});
