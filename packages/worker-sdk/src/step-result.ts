import type { JsonObject } from '@tasker/workflow';

/** Marks results, so that they are told from plain objects even when two copies of this package are loaded. */
const STEP_RESULT = Symbol.for('@tasker/worker-sdk/step-result');

/** Success with metadata, as `success` makes it. */
export interface StepSuccess<Result = unknown> {
  readonly [STEP_RESULT]: 'success';
  readonly result: Result;
  readonly metadata: JsonObject;
}

/** Failure without a throw, as `failure` makes it. */
export interface StepFailure {
  readonly [STEP_RESULT]: 'failure';
  readonly message: string;
  readonly errorType: string;
  readonly errorCode: string | null;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly metadata: JsonObject | null;
}

/** What a handler may return beside a plain value. */
export type StepResult<Result = unknown> = StepSuccess<Result> | StepFailure;

/** What `failure` may be told beside its message. */
export interface FailureOptions {
  /** @default `handler_error` */
  readonly errorType?: string;
  /** @default true */
  readonly retryable?: boolean;
  readonly metadata?: JsonObject | undefined;
  readonly errorCode?: string | undefined;
  /** Delay before the next attempt in milliseconds. @default the step's back-off */
  readonly retryAfterMs?: number | undefined;
}

/** Gives a success with its result and metadata about it. */
export function success<Result>(result: Result, metadata: JsonObject = {}): StepSuccess<Result> {
  return { [STEP_RESULT]: 'success', result, metadata };
}

/** Gives a failure; the same as throwing, for those who would rather return. */
export function failure(message: string, options: FailureOptions = {}): StepFailure {
  return {
    [STEP_RESULT]: 'failure',
    message,
    errorType: options.errorType ?? 'handler_error',
    errorCode: options.errorCode ?? null,
    retryable: options.retryable ?? true,
    retryAfterMs: options.retryAfterMs ?? null,
    metadata: options.metadata ?? null,
  };
}

/** Whether `value` was made by `success`. */
export function isStepSuccess(value: unknown): value is StepSuccess {
  return markOf(value) === 'success';
}

/** Whether `value` was made by `failure`. */
export function isStepFailure(value: unknown): value is StepFailure {
  return markOf(value) === 'failure';
}

function markOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { [STEP_RESULT]?: unknown })[STEP_RESULT] : undefined;
}
