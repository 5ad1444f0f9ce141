import type { JsonObject, JsonValue } from './json';

/** What a failed attempt says. Every text is free of what PostgreSQL cannot store. */
export interface StepFailureDetail {
  /** What went wrong; at most 10,000 characters. */
  readonly message: string;
  /** `permanent_error`, `retryable_error`, `timeout`, `handler_error`, …, or the class name of what was thrown. */
  readonly errorType: string;
  /** The handler's own code, such as that of a payment provider. */
  readonly errorCode: string | null;
  /** Whether another attempt may help. */
  readonly retryable: boolean;
  /** The delay the handler asks for before the next attempt, in milliseconds; null leaves it to the step's back-off. */
  readonly retryAfterMs: number | null;
  /** Stack lines of what was thrown and of its causes; empty when nothing was thrown. */
  readonly backtrace: readonly string[];
  /** Data that the handler gave with its failure. */
  readonly context?: JsonObject;
}

/** How an attempt of a step ended. */
export type StepOutcome =
  | { readonly kind: 'success'; readonly result: JsonValue; readonly metadata: JsonObject }
  | { readonly kind: 'failure'; readonly error: StepFailureDetail };
