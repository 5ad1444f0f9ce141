import { StoppedError } from '@tasker/lifecycle';
import type { Logger, Metrics } from '@tasker/telemetry';
import { decideErrorReply, type ErrorReply } from '../error-status';
import { type GrpcCall, splitPath } from './grpc-service';

/** How a call ended. */
export interface CallEnd {
  readonly call: GrpcCall;
  /** What it took, in milliseconds. */
  readonly durationMs: number;
  /** @default it succeeded */
  readonly failure?: { readonly error: unknown };
}

/** Gives what counts and logs the ends of a method's calls, and decides what their clients are told of an error. */
export function createCallRecorder({ metrics, logger }: { metrics: Metrics; logger: Logger }, path: string) {
  const { service, method } = splitPath(path);

  function logFailure(reply: ErrorReply, error: unknown, fields: Record<string, unknown>): void {
    // Calls that a stop ended are no outage: the server says once that it stops.
    if (error instanceof StoppedError) return;
    if (reply.status === 503) logger.warn('grpc request failed by an outage', { ...fields, error });
    else if (reply.status >= 500) logger.error('grpc request failed', { ...fields, error });
  }

  return ({ call: { requestId, correlationId }, durationMs, failure }: CallEnd): ErrorReply | null => {
    const reply = failure === undefined ? null : decideErrorReply(failure.error);
    const code = reply?.grpcStatus ?? 'OK';
    metrics.increment('tasker_grpc_requests_total', { service, method, code });
    metrics.observe('tasker_grpc_request_duration_seconds', { service, method }, durationMs / 1_000);
    const fields = { service, method, code, durationMs, requestId, correlationId };
    logger.debug('grpc request answered', fields);
    if (reply !== null) logFailure(reply, failure?.error, fields);
    return reply;
  };
}
