export { ApiError } from './api-error';
export { type BreakerSettings, type CreateBreakerDeps, createBreaker } from './create-breaker';
export { createHttpHost, type HttpAddress, type HttpHost, type HttpHostOptions } from './create-http-host';
export { decideErrorReply, type ErrorBody, type ErrorReply } from './error-status';
export { type ErrorCode, type ErrorMeaning, errorTable, type GrpcStatusName } from './error-table';
export { createGrpcHost, type GrpcHost, type GrpcHostOptions } from './grpc/create-grpc-host';
export { ERROR_CODE_KEY, ERROR_DETAIL_KEY } from './grpc/error-metadata';
export { DEFAULT_GRPC_LIMITS, type GrpcLimits } from './grpc/grpc-limits';
export { defineGrpcService, type GrpcCall, type GrpcMethods, type GrpcService } from './grpc/grpc-service';
export { toWireHealthCheck, toWirePoolDetail } from './grpc/wire-health';
export {
  type ComponentHealth,
  createHealthMonitor,
  type HealthCheck,
  type HealthMonitor,
  type HealthMonitorOptions,
} from './health-monitor';
export type {
  CheckedHealthSource,
  HealthFacts,
  HealthFinding,
  HealthReport,
  HealthSource,
  PoolFacts,
} from './health-source';
export { askReady, askReport } from './health-source';
export { HttpError } from './http-error';
export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits';
export { observeComponents } from './observe-components';
export { parseBindAddress } from './parse-bind-address';
export { refuseUnfit } from './read-body';
export { readVersion } from './read-version';
export type { RequestIds } from './request-ids';
export type { RequestLocals } from './request-locals';
export { type StopOnSignalsDeps, type StopProcess, stopOnSignals } from './stop-on-signals';
