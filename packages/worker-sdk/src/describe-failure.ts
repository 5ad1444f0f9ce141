import type { StepFailureDetail } from '@tasker/workflow';
import { findJsonProblem, type JsonObject } from '@tasker/workflow';
import { isStepError } from './errors';
import type { StepFailure } from './step-result';
import { RESULT_LIMITS } from './to-json-result';

const MAX_MESSAGE_LENGTH = 10_000;
const MAX_WORD_LENGTH = 200;
const MAX_BACKTRACE_LINES = 60;
const MAX_LINE_LENGTH = 500;
const MAX_CAUSES = 5;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Gives what is stored of something that was thrown. `PermanentError` and `RetryableError` say it themselves; anything
 * else may be tried again and has its class name as its type.
 */
export function describeThrown(thrown: unknown): StepFailureDetail {
  if (isStepError(thrown)) {
    const { message, errorType, errorCode, retryable, retryAfterMs, metadata } = thrown;
    return describe({ message, errorType, errorCode, retryable, retryAfterMs, metadata }, backtraceOf(thrown));
  }
  const known =
    thrown instanceof Error
      ? { message: thrown.message, errorType: classNameOf(thrown), errorCode: codeOf(thrown) }
      : { message: `the handler threw ${describeValue(thrown)}`, errorType: 'handler_error', errorCode: null };
  return describe({ ...known, retryable: true, retryAfterMs: null, metadata: null }, backtraceOf(thrown));
}

/** Gives what is stored of a failure that a handler returned. */
export function describeReturned(returned: StepFailure): StepFailureDetail {
  return describe(returned, []);
}

/** Gives a failure that the worker itself finds, such as a time-out. */
export function describeWorkerFailure(message: string, errorType: string, retryable: boolean): StepFailureDetail {
  return describe({ message, errorType, errorCode: null, retryable, retryAfterMs: null, metadata: null }, []);
}

type FailureParts = Pick<
  StepFailure,
  'message' | 'errorType' | 'errorCode' | 'retryable' | 'retryAfterMs' | 'metadata'
>;

function describe(parts: FailureParts, backtrace: readonly string[]): StepFailureDetail {
  const context = storable(parts.metadata);
  return {
    message: storableText(parts.message, MAX_MESSAGE_LENGTH) || 'the handler failed without a message',
    errorType: storableText(parts.errorType, MAX_WORD_LENGTH) || 'handler_error',
    errorCode: parts.errorCode === null ? null : storableText(parts.errorCode, MAX_WORD_LENGTH),
    retryable: parts.retryable !== false,
    retryAfterMs: storableDelay(parts.retryAfterMs),
    backtrace,
    ...(context === null ? {} : { context }),
  };
}

/** A name such as `TypeError`; minified and anonymous classes fall back to the error's own name. */
function classNameOf(error: Error): string {
  return error.constructor.name || error.name;
}

function codeOf(error: Error): string | null {
  const code = 'code' in error ? error.code : null;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : null;
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return `the text '${value}'`;
  return value === null || typeof value !== 'object' ? String(value) : 'an object that is no Error';
}

/** Stack lines without the message, then those of each cause. */
function backtraceOf(thrown: unknown): string[] {
  const lines: string[] = [];
  let error = thrown;
  for (let depth = 0; depth < MAX_CAUSES && error instanceof Error; depth += 1) {
    if (depth > 0) lines.push(`caused by ${classNameOf(error)}: ${error.message}`);
    const stack = typeof error.stack === 'string' ? error.stack : '';
    lines.push(...stack.split('\n').filter((line) => line.trimStart().startsWith('at ')));
    error = error.cause;
  }
  return lines.slice(0, MAX_BACKTRACE_LINES).map((line) => storableText(line.trim(), MAX_LINE_LENGTH));
}

/** PostgreSQL's jsonb refuses NUL and half surrogate pairs, and a refused report would never end. */
function storableText(text: unknown, maxLength: number): string {
  return String(text).slice(0, maxLength).replaceAll('\u0000', '').replace(LONE_SURROGATES, '\ufffd');
}

/** Data that cannot be stored is left out: it must not hide the failure that it came with. */
function storable(data: JsonObject | null): JsonObject | null {
  return data === null || findJsonProblem(data, RESULT_LIMITS) !== null ? null : data;
}

function storableDelay(delayMs: number | null): number | null {
  return typeof delayMs === 'number' && Number.isFinite(delayMs) ? Math.max(0, Math.round(delayMs)) : null;
}
