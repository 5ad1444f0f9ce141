export type { StepExecution, StepFailureDetail, StepOutcome } from '@tasker/workflow';
export {
  type DefinedHandler,
  defineHandler,
  type HandlerArguments,
  type HandlerDefinition,
  type ResultOf,
} from './define-handler';
export { describeThrown, describeWorkerFailure } from './describe-failure';
export {
  DuplicateHandlerError,
  HandlerNotFoundError,
  isStepError,
  MethodDispatchError,
  NoResolverMatchError,
  PermanentError,
  ResolverNotFoundError,
  RetryableError,
  type RetryableErrorOptions,
  type StepError,
  type StepErrorOptions,
} from './errors';
export {
  type BaseResolver,
  type Handler,
  type HandlerReference,
  HandlerRegistry,
  handlerNameOf,
  handlerVersionOf,
  isHandler,
} from './handler-registry';
export { type ArgumentSource, type ArgumentSources, type ArgumentsOf, dependency, input } from './handler-sources';
export type { Logger } from './logger';
export { runHandler } from './run-handler';
export { createTestContext, runStep, type StepSetup } from './run-step';
export { createStepContext, StepContext, type StepRuntime } from './step-context';
export { StepHandler, type StepHandlerClass } from './step-handler';
export {
  type FailureOptions,
  failure,
  type StepFailure,
  type StepResult,
  type StepSuccess,
  success,
} from './step-result';
