export { type BreakerSettings, type CreateBreakerDeps, createBreaker } from './create-breaker';
export { createHttpHost, type HttpAddress, type HttpHost, type HttpHostOptions } from './create-http-host';
export { decideErrorReply, type ErrorBody, type ErrorReply, statusByErrorCode } from './error-status';
export {
  type ComponentHealth,
  createHealthMonitor,
  type HealthCheck,
  type HealthMonitor,
  type HealthMonitorOptions,
} from './health-monitor';
export type { HealthReport, HealthSource } from './health-routes';
export { HttpError } from './http-error';
export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits';
export { observeComponents } from './observe-components';
export { parseBindAddress } from './parse-bind-address';
export type { RequestLocals } from './request-locals';
