export { canonicalJson } from './canonical-json';
export {
  backoffDelayMs,
  decideFailure,
  type FailureDecision,
  type FailureInput,
  MAX_RETRY_AFTER_MS,
  type StepFailure,
} from './decide-failure';
export { decideIdentity, type IdentityDecision, type IdentityInput } from './decide-identity';
export { InvalidSchemaError } from './errors';
export { parseStepId, parseTaskId, type StepId, type TaskId } from './ids';
export type { JsonObject, JsonValue } from './json';
export { DEFAULT_JSON_LIMITS, findJsonProblem, type JsonLimits, type JsonProblem } from './json-limits';
export { type PlannedStep, planSteps } from './plan-steps';
export { DEFAULT_RETRY_POLICY, type RetryPolicy, resolveRetryPolicy } from './retry-policy';
export { compileInputSchema, type ValidateInput } from './schema/compile-input-schema';
export type { StepExecution } from './step-execution';
export type { StepFailureDetail, StepOutcome } from './step-outcome';
export {
  BACKOFF_STRATEGIES,
  BATCH_FAILURE_STRATEGIES,
  type BackoffStrategy,
  type BatchConfig,
  type BatchFailureStrategy,
  type DomainEventDeclaration,
  EVENT_CONDITIONS,
  EVENT_DELIVERY_MODES,
  type EventCondition,
  type EventDeliveryMode,
  type HandlerReference,
  IDENTITY_STRATEGIES,
  type IdentityStrategy,
  isStepType,
  type PublishedEvent,
  STALENESS_ACTIONS,
  STEP_TYPES,
  type StalenessAction,
  type StepDefinition,
  type StepRetry,
  type StepType,
  type SystemDependencies,
  type TaskLifecycle,
  type TaskTemplate,
} from './task-template';
export { findUnsupportedStepTypes } from './template/find-unsupported-step-types';
export {
  type ParseTemplateOptions,
  parseTemplate,
  parseTemplateObject,
  type TemplateParse,
} from './template/parse-template';
export { templateContentHash } from './template-content-hash';
export type { TemplateError } from './template-error';
export { type ContextCheck, validateContext } from './validate-context';
