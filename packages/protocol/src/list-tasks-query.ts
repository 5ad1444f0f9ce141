import { TASK_STATES, type TaskState } from '@tasker/state-machine';
import { compileParser, type Parsed } from './validate';

/** Filters and page of `GET /v1/tasks`. */
export interface ListTasksQuery {
  readonly namespace?: string;
  readonly name?: string;
  /** One state, or several with commas between. */
  readonly status?: readonly TaskState[];
  /** One tag, or several that a task must all bear. */
  readonly tag?: readonly string[];
  readonly correlation_id?: string;
  readonly initiator?: string;
  readonly created_from?: string;
  readonly created_before?: string;
  /** Where to continue: `next_cursor` of the page before. */
  readonly cursor?: string;
  /** Tasks per page, 1…100. */
  readonly limit: number;
}

const text = { type: 'string', minLength: 1, maxLength: 255 };
const uuid = { type: 'string', format: 'uuid' };
const instant = { type: 'string', format: 'date-time' };

const parseFields = compileParser<ListTasksQuery>({
  type: 'object',
  additionalProperties: false,
  properties: {
    namespace: text,
    name: text,
    status: { type: 'array', items: { enum: TASK_STATES }, minItems: 1 },
    tag: { type: 'array', items: text, minItems: 1, maxItems: 50 },
    correlation_id: uuid,
    initiator: text,
    created_from: instant,
    created_before: instant,
    cursor: uuid,
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 25 },
  },
});

/** Parses the query string's fields: text, or lists of it where a field was given more than once. */
export function parseListTasksQuery(query: Readonly<Record<string, unknown>>): Parsed<ListTasksQuery> {
  const { status, tag, limit, ...rest } = query;
  return parseFields({
    ...rest,
    ...(status === undefined ? {} : { status: String(status).split(',') }),
    ...(tag === undefined ? {} : { tag: Array.isArray(tag) ? tag : [tag] }),
    ...(limit === undefined ? {} : { limit: /^\d{1,9}$/.test(String(limit)) ? Number(limit) : limit }),
  });
}
