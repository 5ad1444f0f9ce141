import type { JsonObject } from '@tasker/workflow';
import type { StepContext } from './step-context';
import { failure, type StepFailure, type StepSuccess, success } from './step-result';

const STEP_HANDLER = Symbol.for('@tasker/worker-sdk/step-handler');

/**
 * Base of handlers in class style. A new instance serves every attempt, so fields may hold what belongs to it.
 * `call` answers a step; a template's `handler.method` may name any other public method with the same signature.
 */
export abstract class StepHandler {
  /** What templates call this handler. @default the name of the class */
  static handlerName?: string;
  /** Version of the handler's behaviour. @default `1.0.0` */
  static handlerVersion?: string;

  /** Carries out the step: gives its result (any JSON), `this.success(…)` or `this.failure(…)`, or throws. */
  abstract call(context: StepContext): unknown;

  /** @internal Marks handler classes of every copy of this package. */
  get [STEP_HANDLER](): true {
    return true;
  }

  /** Gives a success with its result and metadata about it. */
  protected success<Result>(result: Result, metadata: JsonObject = {}): StepSuccess<Result> {
    return success(result, metadata);
  }

  /** Gives a failure. @default errorType `handler_error`, retryable */
  protected failure(
    message: string,
    errorType = 'handler_error',
    retryable = true,
    metadata?: JsonObject,
    errorCode?: string,
  ): StepFailure {
    return failure(message, { errorType, retryable, metadata, errorCode });
  }
}

/** A class that extends `StepHandler` and is made without arguments. */
export interface StepHandlerClass {
  readonly name: string;
  readonly handlerName?: string;
  readonly handlerVersion?: string;
  new (): StepHandler;
}

/** Whether `value` is a class that extends `StepHandler` (of whichever copy of this package) and is not abstract itself. */
export function isStepHandlerClass(value: unknown): value is StepHandlerClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    STEP_HANDLER in prototype &&
    typeof (prototype as { call?: unknown }).call === 'function'
  );
}
