export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  type CircuitStateChange,
  circuitStates,
  type MonotonicClock,
} from './circuit-breaker';
export { CircuitOpenError } from './errors';
