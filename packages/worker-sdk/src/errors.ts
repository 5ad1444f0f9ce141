import type { JsonObject } from '@tasker/workflow';

/** Marks the SDK's own error words, so that they are known even when two copies of this package are loaded. */
const STEP_ERROR = Symbol.for('@tasker/worker-sdk/step-error');

/** What a handler may add to `PermanentError` and `RetryableError`. */
export interface StepErrorOptions {
  /** @default `permanent_error` or `retryable_error` */
  readonly errorType?: string;
  /** The handler's own code, such as that of a payment provider. */
  readonly errorCode?: string;
  /** Data that explains the failure; stored with it. */
  readonly metadata?: JsonObject;
  readonly cause?: unknown;
}

/** As `StepErrorOptions`, with a delay. */
export interface RetryableErrorOptions extends StepErrorOptions {
  /** Wait this long before the next attempt, in milliseconds, instead of the step's back-off. At most 24 hours count. */
  readonly retryAfterMs?: number;
}

/** What the SDK reads from an error that a handler threw on purpose. */
export interface StepError extends Error {
  readonly retryable: boolean;
  readonly errorType: string;
  readonly errorCode: string | null;
  readonly retryAfterMs: number | null;
  readonly metadata: JsonObject | null;
}

/** Thrown by a handler: another attempt cannot help, so the step fails for good. */
export class PermanentError extends Error implements StepError {
  readonly [STEP_ERROR] = true;
  readonly retryable = false;
  readonly retryAfterMs = null;
  readonly errorType: string;
  readonly errorCode: string | null;
  readonly metadata: JsonObject | null;

  constructor(message: string, options: StepErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.errorType = options.errorType ?? 'permanent_error';
    this.errorCode = options.errorCode ?? null;
    this.metadata = options.metadata ?? null;
  }
}

/** Thrown by a handler: another attempt may help; it follows when the step has attempts left. */
export class RetryableError extends Error implements StepError {
  readonly [STEP_ERROR] = true;
  readonly retryable = true;
  readonly retryAfterMs: number | null;
  readonly errorType: string;
  readonly errorCode: string | null;
  readonly metadata: JsonObject | null;

  constructor(message: string, options: RetryableErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.errorType = options.errorType ?? 'retryable_error';
    this.errorCode = options.errorCode ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.metadata = options.metadata ?? null;
  }
}

/** Whether `error` is a `PermanentError` or `RetryableError`, of whichever copy of this package. */
export function isStepError(error: unknown): error is StepError {
  return error instanceof Error && STEP_ERROR in error;
}

/** No resolver knows the handler that a template names. */
export class HandlerNotFoundError extends PermanentError {
  readonly code = 'HANDLER_NOT_FOUND';

  constructor(callable: string, registered: readonly string[]) {
    const known = registered.length === 0 ? 'none' : registered.join(', ');
    super(`no handler is registered for '${callable}'; registered handlers: ${known}`, {
      errorType: 'handler_not_found',
    });
  }
}

/** A template's `handler.resolver` names a resolver that is not registered. */
export class ResolverNotFoundError extends PermanentError {
  readonly code = 'RESOLVER_NOT_FOUND';

  constructor(resolver: string, registered: readonly string[]) {
    super(`no resolver is called '${resolver}'; registered resolvers: ${registered.join(', ')}`, {
      errorType: 'handler_not_found',
    });
  }
}

/** The resolver that a template names does not know the handler. */
export class NoResolverMatchError extends PermanentError {
  readonly code = 'NO_RESOLVER_MATCH';

  constructor(resolver: string, callable: string) {
    super(`the resolver '${resolver}' knows no handler '${callable}'`, { errorType: 'handler_not_found' });
  }
}

/** The handler has no such method. */
export class MethodDispatchError extends PermanentError {
  readonly code = 'METHOD_NOT_FOUND';

  constructor(handlerName: string, method: string) {
    super(`the handler '${handlerName}' has no method '${method}' that a step can call`, {
      errorType: 'handler_not_found',
    });
  }
}

/** Two different handlers want the same name. */
export class DuplicateHandlerError extends Error {
  readonly code = 'DUPLICATE_HANDLER';

  constructor(handlerName: string) {
    super(`two handlers are called '${handlerName}': rename one of them`);
    this.name = 'DuplicateHandlerError';
  }
}
