import type { JsonObject, JsonValue, StepExecution, StepId, TaskId } from '@tasker/workflow';
import { bindLogger, type Logger } from './logger';

/** What the worker adds to a step for the time of one attempt. */
export interface StepRuntime {
  /** Fires when the step's time is up, its lease is lost, its task is cancelled, or the worker stops. Read lazily. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * What a handler sees of its step, its task and the steps before it. Values come from the database as they are;
 * the type parameters of the getters are the author's promise about them.
 */
export class StepContext {
  readonly #step: StepExecution;
  readonly #runtime: StepRuntime;
  #logger: Logger | null = null;

  constructor(step: StepExecution, runtime: StepRuntime) {
    this.#step = step;
    this.#runtime = runtime;
  }

  get taskUuid(): TaskId {
    return this.#step.taskUuid;
  }

  get stepUuid(): StepId {
    return this.#step.stepUuid;
  }

  get stepName(): string {
    return this.#step.stepName;
  }

  get correlationId(): string {
    return this.#step.correlationId;
  }

  /** W3C trace context of the task's request, to be sent on to other services; null when there is none. */
  get traceparent(): string | null {
    return this.#step.traceparent;
  }

  get namespace(): string {
    return this.#step.namespace;
  }

  get taskName(): string {
    return this.#step.taskName;
  }

  get taskVersion(): string {
    return this.#step.taskVersion;
  }

  /** The template's `handler.callable`. */
  get handlerName(): string {
    return this.#step.handler.callable;
  }

  /** The template's `handler.method`. @default `call` */
  get handlerMethod(): string {
    return this.#step.handler.method ?? 'call';
  }

  /** The task's input. */
  get inputData(): JsonObject {
    return this.#step.context;
  }

  /** Results of the steps before this one, by step name. */
  get dependencyResults(): Readonly<Record<string, JsonValue>> {
    return this.#step.dependencyResults;
  }

  /** The template's `handler.initialization`. */
  get stepConfig(): JsonObject {
    return this.#step.handler.initialization;
  }

  /** The step's own inputs, such as the cursor range of a batch worker. */
  get stepInputs(): JsonObject {
    return this.#step.inputs;
  }

  /** Number of this attempt, from 1. */
  get attempt(): number {
    return this.#step.attempt;
  }

  /** Number of attempts the step has, the first included. */
  get maxAttempts(): number {
    return this.#step.maxAttempts;
  }

  /** Attempts before this one: 0 on the first. */
  get retryCount(): number {
    return this.#step.attempt - 1;
  }

  /** Attempts that may follow the first one: `maxAttempts` − 1. */
  get maxRetries(): number {
    return this.#step.maxAttempts - 1;
  }

  /** Whether an earlier attempt failed. */
  get isRetry(): boolean {
    return this.#step.attempt > 1;
  }

  /** Whether no attempt follows this one. */
  get isLastRetry(): boolean {
    return !this.#step.retryable || this.#step.attempt >= this.#step.maxAttempts;
  }

  /**
   * Fires when the step's time is up, its lease is lost, its task is cancelled, or the worker stops; its reason is an
   * Error that says which. Pass it to everything that waits.
   */
  get signal(): AbortSignal {
    return this.#runtime.signal;
  }

  /** Writes lines that carry this step's ids. */
  get logger(): Logger {
    this.#logger ??= bindLogger(this.#runtime.logger, {
      taskId: this.taskUuid,
      stepId: this.stepUuid,
      stepName: this.stepName,
      namespace: this.namespace,
      attempt: this.attempt,
      correlationId: this.correlationId,
    });
    return this.#logger;
  }

  /** One key of the task's input, or undefined when it is not there. */
  getInput<Value = JsonValue>(key: string): Value | undefined {
    return ownValue(this.inputData, key) as Value | undefined;
  }

  /** One key of the task's input, or `fallback` when it is missing or null. */
  getInputOr<Value = JsonValue>(key: string, fallback: Value): Value {
    return this.getInput<Value | null>(key) ?? fallback;
  }

  /** One key of the template's `handler.initialization`, or undefined when it is not there. */
  getConfig<Value = JsonValue>(key: string): Value | undefined {
    return ownValue(this.stepConfig, key) as Value | undefined;
  }

  /** The whole result of a step before this one, or undefined when there is none (as with a branch not taken). */
  getDependencyResult<Value = JsonValue>(stepName: string): Value | undefined {
    return ownValue(this.dependencyResults, stepName) as Value | undefined;
  }

  /** A part of a dependency's result: object keys and array indices in turn; undefined when the path leads nowhere. */
  getDependencyField<Value = JsonValue>(stepName: string, ...path: readonly (string | number)[]): Value | undefined {
    let value = this.getDependencyResult<unknown>(stepName);
    for (const key of path) value = ownValue(value, key);
    return value as Value | undefined;
  }

  /** Results of all steps whose names start with `prefix`, in order of their names. */
  getAllDependencyResults<Value = JsonValue>(prefix = ''): Value[] {
    const names = this.getDependencyResultKeys().filter((name) => name.startsWith(prefix));
    return names.map((name) => this.dependencyResults[name] as Value);
  }

  /** Names of the steps whose results are here, sorted. */
  getDependencyResultKeys(): string[] {
    return Object.keys(this.dependencyResults).sort();
  }

  /** What an earlier attempt saved, or null. */
  get checkpoint(): JsonValue {
    return this.#step.checkpoint;
  }

  /** Whether an earlier attempt saved something. */
  get hasCheckpoint(): boolean {
    return this.checkpoint !== null;
  }

  /** The checkpoint's `cursor`, or null. */
  get checkpointCursor(): JsonValue {
    return (ownValue(this.checkpoint, 'cursor') as JsonValue | undefined) ?? null;
  }

  /** The checkpoint's `items_processed`, or 0. */
  get checkpointItemsProcessed(): number {
    const count = ownValue(this.checkpoint, 'items_processed');
    return typeof count === 'number' ? count : 0;
  }

  /** The checkpoint's `accumulated_results`, or null. */
  get accumulatedResults(): JsonValue {
    return (ownValue(this.checkpoint, 'accumulated_results') as JsonValue | undefined) ?? null;
  }
}

/** Gives the context of one attempt. Reads nothing until it is asked, so it costs next to nothing to make. */
export function createStepContext(step: StepExecution, runtime: StepRuntime): StepContext {
  return new StepContext(step, runtime);
}

/** Never looks at the prototype: keys may come from templates and tasks. */
function ownValue(container: unknown, key: string | number): unknown {
  if (typeof container !== 'object' || container === null || !Object.hasOwn(container, key)) return undefined;
  return (container as Record<string | number, unknown>)[key];
}
