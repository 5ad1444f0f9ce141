/** What a gRPC server accepts from its clients, and for how long it waits for them. */
export interface GrpcLimits {
  /** Size of a request in bytes. @default 1 048 576 */
  readonly maxMessageBytes: number;
  /** Calls at once on one connection. @default 200 */
  readonly maxConcurrentStreams: number;
  /** How often an idle connection is probed. @default 30 000 milliseconds */
  readonly keepaliveIntervalMs: number;
  /** How long a probe may stay without answer. @default 20 000 milliseconds */
  readonly keepaliveTimeoutMs: number;
  /** How long a stop waits for running calls; streams end at once. @default 10 000 milliseconds */
  readonly stopDeadlineMs: number;
  /** How often health is looked at for those who watch it. @default 2 000 milliseconds */
  readonly healthIntervalMs: number;
}

/** The limits where the caller sets none. */
export const DEFAULT_GRPC_LIMITS: GrpcLimits = {
  maxMessageBytes: 1_048_576,
  maxConcurrentStreams: 200,
  keepaliveIntervalMs: 30_000,
  keepaliveTimeoutMs: 20_000,
  stopDeadlineMs: 10_000,
  healthIntervalMs: 2_000,
};
