import type {
  BatchConfig,
  PublishedEvent,
  StepDefinition,
  StepRetry,
  TaskLifecycle,
  TaskTemplate,
} from '../task-template';
import { applyEnvironment } from './apply-environment';
import type { RawBatchConfig, RawLifecycle, RawPublishedEvent, RawRetry, RawStep, RawTemplate } from './raw-template';

/** The template that a checked text means in `environment`, its defaults filled in. */
export function buildTemplate(raw: RawTemplate, environment: string | undefined): TaskTemplate {
  return {
    namespace: raw.namespace_name,
    name: raw.name,
    version: raw.version,
    description: raw.description ?? null,
    metadata: raw.metadata ?? {},
    systemDependencies: {
      primary: raw.system_dependencies?.primary ?? 'default',
      secondary: raw.system_dependencies?.secondary ?? [],
    },
    domainEvents: (raw.domain_events ?? []).map((event) => ({
      name: event.name,
      description: event.description ?? null,
      schema: event.schema ?? null,
    })),
    inputSchema: raw.input_schema ?? null,
    identityStrategy: raw.identity_strategy ?? 'strict',
    lifecycle: buildLifecycle(raw.lifecycle ?? {}),
    steps: applyEnvironment(raw, environment).map(buildStep),
  };
}

function buildLifecycle(raw: RawLifecycle): TaskLifecycle {
  return {
    maxDurationMinutes: raw.max_duration_minutes ?? null,
    maxWaitingForDependenciesMinutes: raw.max_waiting_for_dependencies_minutes ?? null,
    maxWaitingForRetryMinutes: raw.max_waiting_for_retry_minutes ?? null,
    maxStepsInProcessMinutes: raw.max_steps_in_process_minutes ?? null,
    stalenessAction: raw.staleness_action ?? 'dlq',
    autoFailOnTimeout: raw.auto_fail_on_timeout ?? null,
    autoDlqOnTimeout: raw.auto_dlq_on_timeout ?? null,
  };
}

function buildStep(raw: RawStep): StepDefinition {
  return {
    name: raw.name,
    description: raw.description ?? null,
    type: raw.type ?? raw.step_type ?? 'standard',
    handler: {
      callable: raw.handler.callable,
      method: raw.handler.method ?? null,
      resolver: raw.handler.resolver ?? null,
      initialization: raw.handler.initialization ?? {},
    },
    dependencies: raw.dependencies ?? raw.depends_on ?? [],
    retry: buildRetry(raw.retry ?? {}),
    timeoutMs: toMilliseconds(raw.timeout_seconds ?? null),
    resultSchema: raw.result_schema ?? null,
    systemDependency: raw.system_dependency ?? null,
    publishesEvents: (raw.publishes_events ?? []).map(buildPublishedEvent),
    batchConfig: raw.batch_config ? buildBatchConfig(raw.batch_config) : null,
  };
}

function toMilliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1_000;
}

function buildRetry(raw: RawRetry): StepRetry {
  return {
    retryable: raw.retryable ?? true,
    maxAttempts: raw.max_attempts ?? null,
    backoff: raw.backoff ?? null,
    backoffBaseMs: raw.backoff_base_ms ?? null,
    maxBackoffMs: raw.max_backoff_ms ?? null,
  };
}

function buildPublishedEvent(raw: RawPublishedEvent): PublishedEvent {
  return {
    name: raw.name,
    description: raw.description,
    condition: raw.condition ?? 'success',
    schema: raw.schema,
    deliveryMode: raw.delivery_mode ?? 'durable',
    publisher: raw.publisher ?? null,
  };
}

function buildBatchConfig(raw: RawBatchConfig): BatchConfig {
  return {
    batchSize: raw.batch_size ?? 1_000,
    parallelism: raw.parallelism ?? 10,
    cursorField: raw.cursor_field ?? 'id',
    workerTemplate: raw.worker_template,
    failureStrategy: raw.failure_strategy ?? 'continue_on_failure',
  };
}
