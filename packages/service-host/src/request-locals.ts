import type { RequestIds } from './request-ids';

/** What `response.locals` holds for the handlers of a route. */
export interface RequestLocals extends RequestIds {
  /** W3C trace context for what the request leads to: this request's span when it is traced, else the caller's; or null. */
  readonly traceparent: string | null;
  /** Aborts when the client goes away, or when the server stops and its deadline has passed. */
  readonly signal: AbortSignal;
  /** Aborts as soon as the server stops. Answers without an end of their own end then; the others are waited for. */
  readonly stopSignal: AbortSignal;
}

/** What this package itself keeps there besides. */
export interface Locals extends Omit<RequestLocals, 'traceparent'> {
  traceparent: string | null;
  /** The pattern of the path, for metrics. */
  route: string;
  /** Methods of all patterns that match the path. */
  readonly allowedMethods: Set<string>;
}
