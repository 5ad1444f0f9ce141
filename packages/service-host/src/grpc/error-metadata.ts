import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { ErrorDetail } from '@tasker/protocol/grpc';
import type { ErrorReply } from '../error-status';
import type { RequestIds } from '../request-ids';
import { addIds } from './open-call';

/** Trailing metadata of errors: the code as text, and one encoded `tasker.v1.ErrorDetail` per thing that is wrong. */
export const ERROR_CODE_KEY = 'tasker-error-code';
export const ERROR_DETAIL_KEY = 'tasker-error-detail-bin';

/** Peers may refuse more than 8 KiB of metadata in all. */
const MAX_DETAIL_BYTES = 4_096;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A place that is wrong becomes `field` and `message`; any other detail becomes texts by their names. */
function toDetail(code: string, message: string, detail: unknown): ErrorDetail {
  if (isObject(detail) && typeof detail.path === 'string' && typeof detail.message === 'string') {
    return { code, message: detail.message, field: detail.path, metadata: new Map() };
  }
  const entries = isObject(detail)
    ? Object.entries(detail)
    : detail === undefined
      ? []
      : [['details', detail] as const];
  return { code, message, metadata: new Map(entries.map(([key, value]) => [key, toText(value)])) };
}

function addDetails(metadata: Metadata, { code, message, details }: ErrorReply['body']['error']): void {
  let bytes = 0;
  for (const detail of Array.isArray(details) ? details : [details]) {
    const encoded = Buffer.from(ErrorDetail.encode(toDetail(code, message, detail)).finish());
    bytes += encoded.length;
    if (bytes > MAX_DETAIL_BYTES) return;
    metadata.add(ERROR_DETAIL_KEY, encoded);
  }
}

/** Gives the status that ends a call with an error: the same code, message and details as over HTTP. */
export function toGrpcStatus({ grpcStatus, body, retryAfterSeconds }: ErrorReply, ids: RequestIds): StatusObject {
  const { code, message, details } = body.error;
  const metadata = new Metadata();
  addIds(metadata, ids);
  metadata.set(ERROR_CODE_KEY, code);
  if (details !== undefined) addDetails(metadata, body.error);
  if (retryAfterSeconds !== undefined) metadata.set('retry-after', String(retryAfterSeconds));
  return { code: status[grpcStatus], details: message, metadata };
}
