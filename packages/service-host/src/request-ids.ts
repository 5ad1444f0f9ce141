import { randomUUID } from 'node:crypto';

/** By what a request is found in logs. */
export interface RequestIds {
  /** Unique to this request: the caller's own when it is well formed, else made here. */
  readonly requestId: string;
  /** The caller's correlation id, else the request id. */
  readonly correlationId: string;
}

const WELL_FORMED = /^[\w.:-]{1,64}$/;

function keepWellFormed(id: string | undefined): string | undefined {
  return id !== undefined && WELL_FORMED.test(id) ? id : undefined;
}

/** Decides the ids of a request from its headers `x-request-id` and `x-correlation-id`. */
export function decideRequestIds(header: (name: string) => string | undefined): RequestIds {
  const requestId = keepWellFormed(header('x-request-id')) ?? randomUUID();
  return { requestId, correlationId: keepWellFormed(header('x-correlation-id')) ?? requestId };
}
