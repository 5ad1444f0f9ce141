import type { StepId, TaskId } from './ids';
import type { JsonObject, JsonValue } from './json';

/** One attempt of a step, with all that its handler may ask for. */
export interface StepExecution {
  readonly stepUuid: StepId;
  readonly taskUuid: TaskId;
  readonly stepName: string;
  /** From 1. */
  readonly attempt: number;
  /** All attempts, the first included. */
  readonly maxAttempts: number;
  /** Whether the template lets this step be tried again. */
  readonly retryable: boolean;
  readonly correlationId: string;
  /** W3C trace context of the task's request, or null. */
  readonly traceparent: string | null;
  readonly namespace: string;
  readonly taskName: string;
  readonly taskVersion: string;
  /** The task's input. */
  readonly context: JsonObject;
  readonly handler: {
    /** What a resolver turns into a handler. */
    readonly callable: string;
    /** The method to call; null means `call`. */
    readonly method: string | null;
    /** The one resolver to ask; null asks all. */
    readonly resolver: string | null;
    readonly initialization: JsonObject;
  };
  /** Results by step name. */
  readonly dependencyResults: Readonly<Record<string, JsonValue>>;
  /** The step's own inputs, such as the cursor range of a batch worker. */
  readonly inputs: JsonObject;
  /** What an earlier attempt saved, or null. */
  readonly checkpoint: JsonValue;
}
