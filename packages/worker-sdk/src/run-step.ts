import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue, StepId, StepOutcome, TaskId } from '@tasker/workflow';
import { type Handler, handlerNameOf } from './handler-registry';
import { type Logger, SILENT_LOGGER } from './logger';
import { runHandler } from './run-handler';
import { createStepContext, type StepContext } from './step-context';

/** The world that a handler sees in a unit test; all of it may be left out. */
export interface StepSetup {
  /** The task's input. @default `{}` */
  readonly context?: JsonObject;
  /** Results of earlier steps, by step name. @default `{}` */
  readonly dependencies?: Readonly<Record<string, JsonValue>>;
  /** The template's `handler.initialization`. @default `{}` */
  readonly config?: JsonObject;
  /** The step's own inputs. @default `{}` */
  readonly inputs?: JsonObject;
  /** The template's `handler.method`. @default `call` */
  readonly method?: string;
  /** @default 1 */
  readonly attempt?: number;
  /** @default 3 */
  readonly maxAttempts?: number;
  /** @default true */
  readonly retryable?: boolean;
  /** @default null */
  readonly checkpoint?: JsonValue;
  /** @default the handler's name */
  readonly stepName?: string;
  /** @default `test` */
  readonly namespace?: string;
  /** @default one that never fires */
  readonly signal?: AbortSignal;
  /** @default one that drops every line */
  readonly logger?: Logger;
}

/** Runs a handler as a worker would, without a database: for the unit tests of handler authors. Never rejects. */
export function runStep(handler: Handler, setup: StepSetup = {}): Promise<StepOutcome> {
  return runHandler(handler, createTestContext(handlerNameOf(handler), setup));
}

/** Gives the context that `runStep` uses, for tests that call a handler's methods themselves. */
export function createTestContext(handlerName: string, setup: StepSetup = {}): StepContext {
  const step = {
    stepUuid: randomUUID() as string as StepId,
    taskUuid: randomUUID() as string as TaskId,
    stepName: setup.stepName ?? handlerName,
    attempt: setup.attempt ?? 1,
    maxAttempts: setup.maxAttempts ?? 3,
    retryable: setup.retryable ?? true,
    correlationId: randomUUID(),
    traceparent: null,
    namespace: setup.namespace ?? 'test',
    taskName: 'test',
    taskVersion: '1.0.0',
    context: setup.context ?? {},
    handler: {
      callable: handlerName,
      method: setup.method ?? null,
      resolver: null,
      initialization: setup.config ?? {},
    },
    dependencyResults: setup.dependencies ?? {},
    inputs: setup.inputs ?? {},
    checkpoint: setup.checkpoint ?? null,
  };
  const signal = setup.signal ?? new AbortController().signal;
  return createStepContext(step, { signal, logger: setup.logger ?? SILENT_LOGGER });
}
