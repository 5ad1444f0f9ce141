import {
  BACKOFF_STRATEGIES,
  BATCH_FAILURE_STRATEGIES,
  EVENT_CONDITIONS,
  EVENT_DELIVERY_MODES,
  IDENTITY_STRATEGIES,
  STALENESS_ACTIONS,
  STEP_TYPES,
} from '../task-template';

type Schema = Readonly<Record<string, unknown>>;

/** A known set of keys plus `x-…`. What is not required may also be null, which means the same as leaving it out. */
function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>>): Schema {
  const nullable = Object.entries(optional).map(([key, schema]) => [key, orNull(schema)]);
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...Object.fromEntries(nullable) },
    patternProperties: { '^x-': true },
    additionalProperties: false,
  };
}

function orNull(schema: Schema): Schema {
  return { ...schema, nullable: true, ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}) };
}

const text = (maxLength: number): Schema => ({ type: 'string', minLength: 1, maxLength });
const oneOf = (values: readonly string[]): Schema => ({ type: 'string', enum: values });
const integer = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum });
const list = (items: Schema): Schema => ({ type: 'array', items });
/** A string of a certain form; `description` is what an author is told who missed it. */
const form = (maxLength: number, pattern: string, description: string): Schema => ({
  ...text(maxLength),
  pattern,
  description,
});

const anyObject: Schema = { type: 'object' };
const flag: Schema = { type: 'boolean' };

const name = form(255, '^\\S(.*\\S)?$', 'must be one line without spaces around it');
const namespace = form(
  29,
  '^[a-z_][a-z0-9_]*$',
  'must be lower-case letters, digits and underscores, and not start with a digit (it becomes part of a queue name)',
);
const version = form(
  50,
  '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$',
  'must be a semantic version such as 1.0.0 or 2.1.0-beta.1',
);
const eventName = form(
  255,
  '^[a-z0-9_]+(\\.[a-z0-9_]+)+$',
  'must be lower-case words joined by dots, such as order.shipped',
);

const retry = object(
  {},
  {
    retryable: flag,
    max_attempts: integer(1, 100),
    backoff: oneOf(BACKOFF_STRATEGIES),
    backoff_base_ms: integer(100, 3_600_000),
    max_backoff_ms: integer(1_000, 3_600_000),
  },
);

/** Seven days: what PostgreSQL, JavaScript timers and a lease can all express. */
const timeoutSeconds = integer(1, 604_800);

const publishedEvent = object(
  { name: eventName, description: text(1_000), schema: anyObject },
  {
    condition: oneOf(EVENT_CONDITIONS),
    delivery_mode: oneOf(EVENT_DELIVERY_MODES),
    publisher: text(255),
  },
);

const batchConfig = object(
  { worker_template: name },
  {
    batch_size: integer(1, 100_000),
    parallelism: integer(1, 1_000),
    cursor_field: text(255),
    failure_strategy: oneOf(BATCH_FAILURE_STRATEGIES),
  },
);

const handler = object({ callable: text(500) }, { method: text(255), resolver: text(255), initialization: anyObject });

const step = object(
  { name, handler },
  {
    description: text(1_000),
    type: oneOf(STEP_TYPES),
    step_type: oneOf(STEP_TYPES),
    system_dependency: text(255),
    dependencies: list(name),
    depends_on: list(name),
    retry,
    timeout_seconds: timeoutSeconds,
    publishes_events: list(publishedEvent),
    batch_config: batchConfig,
    result_schema: anyObject,
  },
);

const override = object(
  { name },
  { handler: object({}, { initialization: anyObject }), timeout_seconds: timeoutSeconds, retry },
);

const staleMinutes = integer(1, 10_080);

const lifecycle = object(
  {},
  {
    max_duration_minutes: integer(1, 43_200),
    max_waiting_for_dependencies_minutes: staleMinutes,
    max_waiting_for_retry_minutes: staleMinutes,
    max_steps_in_process_minutes: staleMinutes,
    staleness_action: oneOf(STALENESS_ACTIONS),
    auto_fail_on_timeout: flag,
    auto_dlq_on_timeout: flag,
  },
);

/** JSON Schema of a template as its author writes it. */
export const TEMPLATE_SCHEMA: Schema = object(
  { name, namespace_name: namespace, version },
  {
    description: text(1_000),
    metadata: anyObject,
    system_dependencies: object({}, { primary: text(255), secondary: list(text(255)) }),
    domain_events: list(object({ name: eventName }, { description: text(1_000), schema: anyObject })),
    input_schema: anyObject,
    steps: list(step),
    environments: { type: 'object', additionalProperties: object({}, { steps: list(override) }) },
    lifecycle,
    identity_strategy: oneOf(IDENTITY_STRATEGIES),
  },
);
