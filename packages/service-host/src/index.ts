export type { RequestLocals } from './create-app';
export { createHttpHost, type HttpAddress, type HttpHost, type HttpHostOptions } from './create-http-host';
export { decideErrorReply, type ErrorBody, type ErrorReply, statusByErrorCode } from './error-status';
export type { HealthReport, HealthSource } from './health-routes';
export { HttpError } from './http-error';
export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits';
export { parseBindAddress } from './parse-bind-address';
