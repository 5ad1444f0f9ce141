import type { status } from '@grpc/grpc-js';

/** A status of gRPC, by its name in the protocol. */
export type GrpcStatusName = Exclude<keyof typeof status, 'OK'>;

/** What an error code means to either kind of client. */
export interface ErrorMeaning {
  readonly http: number;
  readonly grpc: GrpcStatusName;
  /** The code that clients see. @default the code itself */
  readonly shownAs?: string;
}

/** Errors whose code and message may be shown. Every other error is our fault and stays inside. */
export const errorTable = {
  BAD_REQUEST: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_REQUEST: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_UUID: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_SCHEMA: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_TEMPLATE: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_CONTEXT: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_MESSAGE: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_OPTIONS: { http: 400, grpc: 'INVALID_ARGUMENT' },
  INVALID_QUEUE_NAME: { http: 400, grpc: 'INVALID_ARGUMENT' },
  NOT_FOUND: { http: 404, grpc: 'NOT_FOUND' },
  TASK_NOT_FOUND: { http: 404, grpc: 'NOT_FOUND' },
  STEP_NOT_FOUND: { http: 404, grpc: 'NOT_FOUND' },
  TEMPLATE_NOT_FOUND: { http: 404, grpc: 'NOT_FOUND' },
  QUEUE_NOT_FOUND: { http: 404, grpc: 'NOT_FOUND' },
  CONFLICT: { http: 409, grpc: 'FAILED_PRECONDITION' },
  INVALID_TRANSITION: { http: 409, grpc: 'FAILED_PRECONDITION' },
  TASK_EXISTS: { http: 409, grpc: 'ALREADY_EXISTS', shownAs: 'CONFLICT' },
  TEMPLATE_CONFLICT: { http: 409, grpc: 'ALREADY_EXISTS', shownAs: 'CONFLICT' },
  LEASE_LOST: { http: 409, grpc: 'ABORTED' },
  UNAVAILABLE: { http: 503, grpc: 'UNAVAILABLE' },
  INTERNAL: { http: 500, grpc: 'INTERNAL' },
} as const satisfies Readonly<Record<string, ErrorMeaning>>;

/** A code of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;

/** Gives the meaning of an error's code, or null when it has none for clients. */
export function findErrorMeaning(code: string): ErrorMeaning | null {
  return Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : null;
}

const GRPC_BY_HTTP: Readonly<Record<number, GrpcStatusName>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'FAILED_PRECONDITION',
  413: 'RESOURCE_EXHAUSTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

/** Gives the gRPC status that comes closest to an HTTP status. */
export function grpcStatusOf(httpStatus: number): GrpcStatusName {
  return GRPC_BY_HTTP[httpStatus] ?? (httpStatus < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
}
