import type { JsonObject } from '@tasker/workflow';
import { compileParser, type Parsed } from './validate';

/** A request to run a workflow: the body of `POST /v1/tasks`, and of a message on `orchestration_task_requests`. */
export interface TaskRequest {
  readonly namespace: string;
  readonly name: string;
  /** Template version, or null for the highest registered one. */
  readonly version: string | null;
  readonly context: JsonObject;
  readonly initiator: string;
  readonly source_system: string;
  readonly reason: string;
  readonly tags: readonly string[];
  /** -100…100; messages of tasks with a higher priority are sent first within a batch. */
  readonly priority: number;
  readonly correlation_id: string | null;
  readonly parent_correlation_id: string | null;
  readonly idempotency_key: string | null;
}

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const uuidOrNull = { type: ['string', 'null'], format: 'uuid', default: null };

/** JSON schema (draft 2020-12) of a {@link TaskRequest}. */
export const TASK_REQUEST_SCHEMA = {
  type: 'object',
  required: ['namespace', 'name', 'context'],
  additionalProperties: false,
  properties: {
    namespace: { type: 'string', pattern: '^[a-z_][a-z0-9_]{0,28}$' },
    name: text(255),
    version: { type: ['string', 'null'], minLength: 1, maxLength: 50, default: null },
    context: { type: 'object' },
    initiator: { ...text(255), default: 'system' },
    source_system: { ...text(255), default: 'tasker' },
    reason: { ...text(500), default: 'Task requested' },
    tags: { type: 'array', items: text(255), maxItems: 50, default: [] },
    priority: { type: 'integer', minimum: -100, maximum: 100, default: 0 },
    correlation_id: uuidOrNull,
    parent_correlation_id: uuidOrNull,
    idempotency_key: { type: ['string', 'null'], minLength: 1, maxLength: 255, default: null },
  },
} as const;

/** How many tasks one `POST /v1/tasks/batch` may hold. */
export const MAX_BATCH_TASKS = 1_000;

const parseFields = compileParser<TaskRequest>(TASK_REQUEST_SCHEMA);

/** Parses one task request; the context is checked for shape only (limits and the template's schema come later). */
export function parseTaskRequest(input: unknown): Parsed<TaskRequest> {
  return parseFields(input);
}

const parseEnvelope = compileParser<{ readonly tasks: readonly unknown[] }>({
  type: 'object',
  required: ['tasks'],
  additionalProperties: false,
  properties: { tasks: { type: 'array', minItems: 1, maxItems: MAX_BATCH_TASKS } },
});

/** Parses the envelope of `POST /v1/tasks/batch`; the tasks in it are parsed one by one with {@link parseTaskRequest}. */
export function parseBatchRequest(input: unknown): Parsed<{ readonly tasks: readonly unknown[] }> {
  return parseEnvelope(input);
}
