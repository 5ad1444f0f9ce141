import type { JsonObject } from './json';

/** The step types a template may name. */
export const STEP_TYPES = ['standard', 'decision', 'deferred_convergence', 'batchable', 'batch_worker'] as const;

/** `standard` runs once; the others create steps, join created steps, or are created, while the task runs. */
export type StepType = (typeof STEP_TYPES)[number];

/** True for text that spells a step type. */
export function isStepType(value: unknown): value is StepType {
  return (STEP_TYPES as readonly unknown[]).includes(value);
}

/** The back-off strategies a template may name. */
export const BACKOFF_STRATEGIES = ['none', 'linear', 'exponential', 'fibonacci'] as const;

/** How the delay before a retry grows with the attempts made. */
export type BackoffStrategy = (typeof BACKOFF_STRATEGIES)[number];

/** The identity strategies a template may name. */
export const IDENTITY_STRATEGIES = ['strict', 'caller_provided', 'always_unique'] as const;

/** What makes two requests the same task: equal contexts, the caller's idempotency key, or nothing. */
export type IdentityStrategy = (typeof IDENTITY_STRATEGIES)[number];

/** Outcomes of a step after which an event may be published. */
export const EVENT_CONDITIONS = ['success', 'failure', 'retryable_failure', 'permanent_failure', 'always'] as const;

/** The outcome of a step after which an event is published. */
export type EventCondition = (typeof EVENT_CONDITIONS)[number];

/** The ways an event may go. */
export const EVENT_DELIVERY_MODES = ['durable', 'fast', 'broadcast'] as const;

/** `durable` goes to the namespace's event queue, `fast` to subscribers in the process, `broadcast` to both. */
export type EventDeliveryMode = (typeof EVENT_DELIVERY_MODES)[number];

/** What a failed batch worker means for its siblings. */
export const BATCH_FAILURE_STRATEGIES = ['continue_on_failure', 'fail_fast', 'isolate'] as const;

/** What a failed batch worker means for its siblings. */
export type BatchFailureStrategy = (typeof BATCH_FAILURE_STRATEGIES)[number];

/** What happens to a task that stays too long in a waiting state. */
export const STALENESS_ACTIONS = ['dlq', 'error', 'none'] as const;

/** What happens to a task that stays too long in a waiting state. */
export type StalenessAction = (typeof STALENESS_ACTIONS)[number];

/** The systems a workflow works with; documentation only. */
export interface SystemDependencies {
  readonly primary: string;
  readonly secondary: readonly string[];
}

/** A business event that a workflow declares. */
export interface DomainEventDeclaration {
  readonly name: string;
  readonly description: string | null;
  readonly schema: JsonObject | null;
}

/** Time limits of a task, in minutes. Null leaves the decision to the configuration. */
export interface TaskLifecycle {
  readonly maxDurationMinutes: number | null;
  readonly maxWaitingForDependenciesMinutes: number | null;
  readonly maxWaitingForRetryMinutes: number | null;
  readonly maxStepsInProcessMinutes: number | null;
  readonly stalenessAction: StalenessAction;
  readonly autoFailOnTimeout: boolean | null;
  readonly autoDlqOnTimeout: boolean | null;
}

/** The code that runs a step, and its configuration. */
export interface HandlerReference {
  /** Address by which a resolver finds the handler. */
  readonly callable: string;
  /** Entry point of the handler; null for the default one. */
  readonly method: string | null;
  /** Name of the resolver to ask first; null for the usual order. */
  readonly resolver: string | null;
  /** What the handler is configured with. */
  readonly initialization: JsonObject;
}

/** Retry values as a template gives them. Null leaves the value to the configuration's default. */
export interface StepRetry {
  readonly retryable: boolean;
  /** All attempts, the first included: 1 to 100. */
  readonly maxAttempts: number | null;
  readonly backoff: BackoffStrategy | null;
  /** 100 to 3,600,000. */
  readonly backoffBaseMs: number | null;
  /** 1,000 to 3,600,000. */
  readonly maxBackoffMs: number | null;
}

/** An event that a step publishes when it has finished. */
export interface PublishedEvent {
  readonly name: string;
  readonly description: string;
  readonly condition: EventCondition;
  readonly schema: JsonObject;
  readonly deliveryMode: EventDeliveryMode;
  /** Name of a publisher of the worker; null for the one that sends the step's result. */
  readonly publisher: string | null;
}

/** How a batchable step's data set is cut and worked on. */
export interface BatchConfig {
  /** Items per batch: 1 to 100,000. */
  readonly batchSize: number;
  /** Batches at the same time: 1 to 1,000. */
  readonly parallelism: number;
  readonly cursorField: string;
  /** Name of the step that each batch is made from. */
  readonly workerTemplate: string;
  readonly failureStrategy: BatchFailureStrategy;
}

/** One step of a workflow. */
export interface StepDefinition {
  /** Unique in its template. */
  readonly name: string;
  readonly description: string | null;
  readonly type: StepType;
  readonly handler: HandlerReference;
  /** Names of the steps that must be complete or manually resolved first; all exist in the template, each once. */
  readonly dependencies: readonly string[];
  readonly retry: StepRetry;
  /** Time limit of one attempt; null leaves it to the configuration. */
  readonly timeoutMs: number | null;
  readonly resultSchema: JsonObject | null;
  readonly systemDependency: string | null;
  readonly publishesEvents: readonly PublishedEvent[];
  readonly batchConfig: BatchConfig | null;
}

/** A checked workflow description, its environment's overrides applied. The steps form a DAG. */
export interface TaskTemplate {
  readonly namespace: string;
  readonly name: string;
  /** Semantic version without build metadata. */
  readonly version: string;
  readonly description: string | null;
  readonly metadata: JsonObject;
  readonly systemDependencies: SystemDependencies;
  readonly domainEvents: readonly DomainEventDeclaration[];
  /** JSON Schema (2020-12) of the task's context; null accepts any. */
  readonly inputSchema: JsonObject | null;
  readonly identityStrategy: IdentityStrategy;
  readonly lifecycle: TaskLifecycle;
  /** In the order of the file, which need not be topological. */
  readonly steps: readonly StepDefinition[];
}
