import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { parseTaskId } from './ids';
import type { JsonObject } from './json';
import { findJsonProblem } from './json-limits';
import type { MessageParse } from './message-parse';

/** The urgency a requester may state. */
export type RequestPriority = 'Low' | 'Normal' | 'High' | 'Urgent';

/** A request for a task, its defaults filled in. */
export interface TaskRequest {
  readonly name: string;
  readonly namespace: string;
  /** @default '0.1.0' */
  readonly version: string;
  readonly context: JsonObject;
  /** @default 'system' */
  readonly initiator: string;
  /** @default 'tasker' */
  readonly source_system: string;
  /** @default 'Task requested' */
  readonly reason: string;
  readonly tags: readonly string[];
  /** −100 to 100, higher first. @default 0 */
  readonly priority: number;
  readonly options: JsonObject | null;
  /** UUID; null when the receiver is to make one. */
  readonly correlation_id: string | null;
  /** UUID. */
  readonly parent_correlation_id: string | null;
  readonly idempotency_key: string | null;
}

/** What arrives on the queue of task requests. */
export interface TaskRequestMessage {
  readonly request_id: string;
  readonly task_request: TaskRequest;
  readonly metadata: {
    /** ISO 8601, by the requester's clock; null when it did not say. */
    readonly requested_at: string | null;
    readonly requester: string;
    readonly priority: RequestPriority;
    readonly custom: JsonObject;
  };
}

const text = (maxLength: number, byDefault?: string) => ({
  type: 'string',
  minLength: 1,
  maxLength,
  ...(byDefault === undefined ? {} : { default: byDefault }),
});
const optionalText = (maxLength: number) => ({ ...text(maxLength), nullable: true, default: null });

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['name', 'namespace', 'context'],
  properties: {
    name: text(255),
    namespace: { ...text(29), pattern: '^[a-z_][a-z0-9_]*$' },
    version: text(50, '0.1.0'),
    context: { type: 'object' },
    initiator: text(255, 'system'),
    source_system: text(255, 'tasker'),
    reason: text(500, 'Task requested'),
    tags: { type: 'array', items: text(255), default: [] },
    priority: { type: 'integer', minimum: -100, maximum: 100, default: 0 },
    options: { type: 'object', nullable: true, default: null },
    correlation_id: optionalText(36),
    parent_correlation_id: optionalText(36),
    idempotency_key: optionalText(255),
  },
};

const MESSAGE_SCHEMA = {
  type: 'object',
  required: ['request_id', 'task_request'],
  properties: {
    request_id: text(255),
    task_request: REQUEST_SCHEMA,
    metadata: {
      type: 'object',
      default: {},
      properties: {
        requested_at: optionalText(64),
        requester: text(255, 'unknown'),
        priority: { enum: ['Low', 'Normal', 'High', 'Urgent'], default: 'Normal' },
        custom: { type: 'object', default: {} },
      },
    },
  },
};

let validate: ValidateFunction<TaskRequestMessage> | undefined;

/**
 * Reads a task request from a queue: `name`, `namespace` and `context` are required, the rest is defaulted, unknown
 * keys are dropped.
 */
export function parseTaskRequestMessage(value: unknown): MessageParse<TaskRequestMessage> {
  const problem = findJsonProblem(value);
  if (problem !== null) return { ok: false, reason: `${problem.path || 'the message'} ${problem.message}` };
  validate ??= new Ajv({ useDefaults: true, removeAdditional: 'all' }).compile<TaskRequestMessage>(MESSAGE_SCHEMA);
  // Defaults are written into what ajv is given; the caller's value stays as it came.
  const message: unknown = structuredClone(value);
  if (!validate(message)) {
    // ajv gives at least one error whenever it refuses.
    const [{ instancePath, message: reason }] = validate.errors as [ErrorObject];
    return { ok: false, reason: `${instancePath || 'the message'} ${reason}` };
  }
  return checkIds(message);
}

function checkIds(message: TaskRequestMessage): MessageParse<TaskRequestMessage> {
  const { correlation_id, parent_correlation_id } = message.task_request;
  for (const [key, id] of Object.entries({ correlation_id, parent_correlation_id })) {
    if (id !== null && parseTaskId(id) === null) return { ok: false, reason: `/task_request/${key} is no UUID` };
  }
  return { ok: true, message };
}
