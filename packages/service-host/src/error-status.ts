import { findErrorMeaning, type GrpcStatusName, grpcStatusOf } from './error-table';
import { HttpError } from './http-error';

/** The body of every answer that is not a success. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
}

/** What the client is told about an error. */
export interface ErrorReply {
  /** For HTTP. */
  readonly status: number;
  /** The same for gRPC. */
  readonly grpcStatus: GrpcStatusName;
  readonly body: ErrorBody;
  /** Given when the same request may succeed later. */
  readonly retryAfterSeconds?: number;
}

/** What Express and its body parser report, by their `type`. */
const REPLY_BY_PARSER_TYPE: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  'entity.too.large': [413, 'BODY_TOO_LARGE', 'the body is too large'],
  'encoding.unsupported': [
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'the content encoding is not supported: use gzip, deflate, br or none',
  ],
  'charset.unsupported': [415, 'UNSUPPORTED_MEDIA_TYPE', 'the charset is not supported: use UTF-8'],
  'request.aborted': [400, 'REQUEST_ABORTED', 'the request ended before its body was complete'],
  'request.size.invalid': [400, 'INVALID_REQUEST', 'the body has another length than Content-Length says'],
};

/** The system's own codes of a server that cannot be reached, and our own of one that is going down. */
const OUTAGE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'STOPPED',
  'PROVIDER_STOPPED',
  'LISTEN_UNAVAILABLE',
]);
/** Connection lost, out of resources, going down, serialization failure and deadlock, lock not available. */
const OUTAGE_SQLSTATE = /^(08...|53...|57P..|40001|40P01|55P03)$/;
/** The driver gives these no code. */
const OUTAGE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
/** zlib and brotli, of a body that is not what its Content-Encoding says. */
const BAD_COMPRESSION = /^(Z_|ERR__ERROR_)/;
/** Text that PostgreSQL cannot store: half surrogate pairs, NUL, bytes that are no UTF-8. */
const UNSTORABLE_SQLSTATE = /^(22P05|22P02|22021)$/;
const MAX_CAUSES = 5;
const RETRY_AFTER_SECONDS = 1;
const OUTAGE_TEXT = 'a service that is needed is not available: try again soon';

interface ReplyParts {
  readonly status: number;
  /** @default what comes closest to the HTTP status */
  readonly grpcStatus?: GrpcStatusName;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

function reply({ status, grpcStatus = grpcStatusOf(status), code, message, details }: ReplyParts): ErrorReply {
  return {
    status,
    grpcStatus,
    body: { error: { code, message, ...(details === undefined ? {} : { details }) } },
    ...(status === 503 || status === 429 ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {}),
  };
}

type ErrorProperty = 'code' | 'type' | 'limit' | 'name' | 'message' | 'details' | 'cause' | 'retryAfterMs';

function read(error: unknown, property: ErrorProperty): unknown {
  return typeof error === 'object' && error !== null && property in error
    ? (error as Record<string, unknown>)[property]
    : undefined;
}

/** An open circuit breaker knows how long it refuses, and so does a service that has too much to do. */
function replyToRefusal(error: unknown): ErrorReply | null {
  const code = read(error, 'code');
  if (code !== 'CIRCUIT_OPEN' && code !== 'OVERLOADED') return null;
  const retryAfterSeconds = Math.max(RETRY_AFTER_SECONDS, Math.ceil(Number(read(error, 'retryAfterMs')) / 1_000));
  const refusal =
    code === 'OVERLOADED'
      ? reply({
          status: 503,
          code: 'BACKPRESSURE',
          message: String(read(error, 'message')),
          details: { retry_after_seconds: retryAfterSeconds },
        })
      : reply({ status: 503, code: 'UNAVAILABLE', message: OUTAGE_TEXT });
  return { ...refusal, retryAfterSeconds };
}

function isOutage(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current !== undefined; depth += 1) {
    const code = String(read(current, 'code'));
    const message = String(read(current, 'message'));
    if (OUTAGE_CODES.has(code) || OUTAGE_SQLSTATE.test(code) || OUTAGE_MESSAGE.test(message)) return true;
    current = read(current, 'cause');
  }
  return false;
}

function replyToParser(error: unknown): ErrorReply | null {
  const known = REPLY_BY_PARSER_TYPE[String(read(error, 'type'))];
  if (known !== undefined) {
    const [status, code, message] = known;
    const limit = read(error, 'limit');
    return reply({ status, code, message: typeof limit === 'number' ? `${message}: at most ${limit} bytes` : message });
  }
  return read(error, 'name') === 'URIError' ? invalid('the path is not validly percent-encoded') : null;
}

function replyByCode(error: unknown): ErrorReply | null {
  const code = String(read(error, 'code') ?? '');
  const meaning = findErrorMeaning(code);
  if (meaning === null) return null;
  return reply({
    status: meaning.http,
    grpcStatus: meaning.grpc,
    code: meaning.shownAs ?? code,
    message: String(read(error, 'message')),
    details: read(error, 'details'),
  });
}

const invalid = (message: string): ErrorReply => reply({ status: 400, code: 'INVALID_REQUEST', message });

/**
 * Decides what a client is told about an error, by its `code`. An outage of the database or the broker is a 503 that
 * says when to come back; an unknown error is a 500 that tells nothing of it.
 */
export function decideErrorReply(error: unknown): ErrorReply {
  if (error instanceof HttpError) return reply(error);
  const parserReply = replyToParser(error);
  if (parserReply !== null) return parserReply;
  const refusal = replyToRefusal(error);
  if (refusal !== null) return refusal;
  if (isOutage(error)) return reply({ status: 503, code: 'UNAVAILABLE', message: OUTAGE_TEXT });
  const known = replyByCode(error);
  if (known !== null) return known;
  const code = String(read(error, 'code') ?? '');
  if (BAD_COMPRESSION.test(code)) return invalid('the body is not compressed as its Content-Encoding says');
  if (UNSTORABLE_SQLSTATE.test(code)) return invalid('the request holds text that cannot be stored');
  const message = 'an internal error occurred; its request id is in the X-Request-Id header';
  return reply({ status: 500, code: 'INTERNAL', message });
}
