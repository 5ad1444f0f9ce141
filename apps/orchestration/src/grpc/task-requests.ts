import type { CreateTaskRequest, ListTasksRequest } from '@tasker/protocol/grpc';
import { SortDirection } from '@tasker/protocol/grpc';
import { badRequest } from '../api/request-errors';
import { fromTaskStateCode } from './wire-states';

/** A page that a request asks for, as query of `GET /v1/tasks` and an offset. */
export interface WirePage {
  readonly query: Readonly<Record<string, unknown>>;
  readonly offset: number;
}

/** Leaves out what is not given; an empty text counts as that. */
function withoutMissing(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

/** Gives the request as the body of `POST /v1/tasks`. */
export function toTaskRequestBody(request: CreateTaskRequest): Readonly<Record<string, unknown>> {
  return withoutMissing(request);
}

/** Gives an instant as text; one that is out of range becomes a text that is none, which is refused with its place. */
function toText(instant: Date | undefined): string | undefined {
  if (instant === undefined) return undefined;
  return Number.isNaN(instant.getTime()) ? String(instant) : instant.toISOString();
}

const MAX_OFFSET = 100_000;

function requireOffset(offset: number | undefined): number {
  if (offset === undefined) return 0;
  if (offset >= 0 && offset <= MAX_OFFSET) return offset;
  throw badRequest([{ path: 'pagination.offset', message: `must be 0 to ${MAX_OFFSET}: use filters to go further` }]);
}

function requireNewestFirst({ sort }: ListTasksRequest): void {
  if (sort === undefined) return;
  const descending = sort.direction !== SortDirection.SORT_DIRECTION_ASC;
  if ((sort.field === 'created_at' || sort.field === '') && descending) return;
  throw badRequest([{ path: 'sort', message: 'must be created_at, descending' }]);
}

/** Gives the request as query of `GET /v1/tasks`. */
export function toListQuery(request: ListTasksRequest): WirePage {
  requireNewestFirst(request);
  const { pagination, namespace, name, states, created_at, initiator, tags } = request;
  const query = withoutMissing({
    namespace,
    name,
    initiator,
    status: states.length === 0 ? undefined : states.map(fromTaskStateCode).join(','),
    tag: tags.length === 0 ? undefined : tags,
    created_from: toText(created_at?.start),
    created_before: toText(created_at?.end),
    limit: pagination?.limit === undefined ? undefined : String(pagination.limit),
  });
  return { query, offset: requireOffset(pagination?.offset) };
}
