import { Metadata, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { parseTraceparent } from '@tasker/telemetry';
import { HttpError } from '../http-error';
import { decideRequestIds, type RequestIds } from '../request-ids';
import type { GrpcCall } from './grpc-service';

/** A call as the library gives it. */
export type ServerCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** A call that is being answered. */
export interface OpenCall {
  readonly call: GrpcCall;
  /** Ends the call's work now. */
  readonly controller: AbortController;
}

const DEADLINE = () => new HttpError(408, 'DEADLINE_EXCEEDED', 'the deadline of the call has passed');
const CLIENT_GONE = () => new HttpError(499, 'CLIENT_GONE', 'the client ended the call');

/** Whether the client's own deadline, rather than the client, ended the call. */
function isLate(call: ServerCall): boolean {
  const deadline = call.getDeadline();
  return (deadline instanceof Date ? deadline.getTime() : deadline) <= Date.now();
}

/** Takes a call up: decides its ids, and ties its signal to the client's interest in it. */
export function openCall(serverCall: ServerCall): OpenCall {
  const get = (name: string) => {
    const [value] = serverCall.metadata.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const controller = new AbortController();
  const abort = () => controller.abort(isLate(serverCall) ? DEADLINE() : CLIENT_GONE());
  if (serverCall.cancelled) abort();
  else serverCall.once('cancelled', abort);
  return {
    controller,
    call: {
      ...decideRequestIds(get),
      traceparent: parseTraceparent(get('traceparent')),
      signal: controller.signal,
      get,
    },
  };
}

/** Adds a call's ids to metadata that goes back to its client. */
export function addIds(metadata: Metadata, { requestId, correlationId }: RequestIds): Metadata {
  metadata.set('x-request-id', requestId);
  metadata.set('x-correlation-id', correlationId);
  return metadata;
}

/** Gives the metadata that goes before an answer. */
export function idMetadata(ids: RequestIds): Metadata {
  return addIds(new Metadata(), ids);
}
