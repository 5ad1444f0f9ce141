import type { JsonObject } from '../json';
import type {
  BackoffStrategy,
  BatchFailureStrategy,
  EventCondition,
  EventDeliveryMode,
  IdentityStrategy,
  StalenessAction,
  StepType,
} from '../task-template';

/** An optional key: absent and null mean the same. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | null };

/** `retry` as authors write it. */
export type RawRetry = Optional<{
  retryable: boolean;
  max_attempts: number;
  backoff: BackoffStrategy;
  backoff_base_ms: number;
  max_backoff_ms: number;
}>;

/** An item of `publishes_events` as authors write it. */
export type RawPublishedEvent = {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
} & Optional<{
  condition: EventCondition;
  delivery_mode: EventDeliveryMode;
  publisher: string;
}>;

/** `batch_config` as authors write it. */
export type RawBatchConfig = { readonly worker_template: string } & Optional<{
  batch_size: number;
  parallelism: number;
  cursor_field: string;
  failure_strategy: BatchFailureStrategy;
}>;

/** `handler` as authors write it. */
export type RawHandler = { readonly callable: string } & Optional<{
  method: string;
  resolver: string;
  initialization: JsonObject;
}>;

/** A step as authors write it. */
export type RawStep = { readonly name: string; readonly handler: RawHandler } & Optional<{
  description: string;
  type: StepType;
  step_type: StepType;
  system_dependency: string;
  dependencies: readonly string[];
  depends_on: readonly string[];
  retry: RawRetry;
  timeout_seconds: number;
  publishes_events: readonly RawPublishedEvent[];
  batch_config: RawBatchConfig;
  result_schema: JsonObject;
}>;

/** An environment's change to one step, or to `ALL`. */
export type RawOverride = { readonly name: string } & Optional<{
  handler: Optional<{ initialization: JsonObject }>;
  timeout_seconds: number;
  retry: RawRetry;
}>;

/** `lifecycle` as authors write it. */
export type RawLifecycle = Optional<{
  max_duration_minutes: number;
  max_waiting_for_dependencies_minutes: number;
  max_waiting_for_retry_minutes: number;
  max_steps_in_process_minutes: number;
  staleness_action: StalenessAction;
  auto_fail_on_timeout: boolean;
  auto_dlq_on_timeout: boolean;
}>;

/** A template of the right shape, as authors write it (`TEMPLATE_SCHEMA`). */
export type RawTemplate = {
  readonly name: string;
  readonly namespace_name: string;
  readonly version: string;
} & Optional<{
  description: string;
  metadata: JsonObject;
  system_dependencies: Optional<{ primary: string; secondary: readonly string[] }>;
  domain_events: readonly ({ readonly name: string } & Optional<{ description: string; schema: JsonObject }>)[];
  input_schema: JsonObject;
  steps: readonly RawStep[];
  environments: { readonly [environment: string]: Optional<{ steps: readonly RawOverride[] }> };
  lifecycle: RawLifecycle;
  identity_strategy: IdentityStrategy;
}>;
