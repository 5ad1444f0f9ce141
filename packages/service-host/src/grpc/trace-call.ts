import type { Tracing } from '@tasker/telemetry';
import { decideErrorReply } from '../error-status';
import { type GrpcCall, splitPath } from './grpc-service';

/** Probes come all the time and lead to nothing. */
const UNTRACED = /Health$/;

/**
 * Gives what runs the calls of a method, each in a server span of its own that `call.traceparent` names.
 */
export function createCallTracer(tracing: Tracing | null, path: string) {
  const { service, method } = splitPath(path);
  const untraced = tracing === null || UNTRACED.test(service.replace(/Service$/, ''));
  return async <Answer>(call: GrpcCall, run: (call: GrpcCall) => Promise<Answer>): Promise<Answer> => {
    if (untraced) return run(call);
    const { correlationId: correlation_id, traceparent: parent } = call;
    const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method, correlation_id };
    const span = tracing.startSpan({ name: `${service}/${method}`, kind: 'server', parent, attributes });
    try {
      return await span.run(() => run({ ...call, traceparent: span.traceparent }));
    } catch (error) {
      const { status, grpcStatus } = decideErrorReply(error);
      if (status >= 500) span.fail(`answered with ${grpcStatus}`);
      throw error;
    } finally {
      span.end();
    }
  };
}
