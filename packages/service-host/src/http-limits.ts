import { DEFAULT_JSON_LIMITS, type JsonLimits } from '@tasker/workflow';

/** What a server accepts from its clients, and for how long it waits for them. */
export interface HttpLimits {
  /** The size and shape of bodies. @default 1 MiB, depth 32, 1 000 keys per object */
  readonly json: JsonLimits;
  /** For all headers together. @default 8 192 bytes */
  readonly maxHeaderBytes: number;
  /** @default 100 */
  readonly maxHeadersCount: number;
  /** Until all headers have come. @default 10 000 milliseconds */
  readonly headersTimeoutMs: number;
  /** Until the whole request has come. @default 30 000 milliseconds */
  readonly requestTimeoutMs: number;
  /** How long an idle connection stays open. @default 5 000 milliseconds */
  readonly keepAliveTimeoutMs: number;
  /** How often time-outs are looked for. @default 5 000 milliseconds */
  readonly checkIntervalMs: number;
  /** Further connections are closed at once. @default 1 000 */
  readonly maxConnections: number;
  /** Then the client has to connect again. @default 1 000 */
  readonly maxRequestsPerSocket: number;
  /** How long a stop waits for running requests. @default 10 000 milliseconds */
  readonly stopDeadlineMs: number;
}

/** The limits where the caller sets none. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  json: DEFAULT_JSON_LIMITS,
  maxHeaderBytes: 8_192,
  maxHeadersCount: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 5_000,
  checkIntervalMs: 5_000,
  maxConnections: 1_000,
  maxRequestsPerSocket: 1_000,
  stopDeadlineMs: 10_000,
};
