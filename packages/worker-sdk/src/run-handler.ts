import type { JsonObject, StepOutcome } from '@tasker/workflow';
import { isDefinedHandler } from './define-handler';
import { describeReturned, describeThrown } from './describe-failure';
import { MethodDispatchError } from './errors';
import { type Handler, handlerNameOf } from './handler-registry';
import type { StepContext } from './step-context';
import { StepHandler, type StepHandlerClass } from './step-handler';
import { isStepFailure, isStepSuccess } from './step-result';
import { toJsonResult } from './to-json-result';

const NO_METADATA: JsonObject = {};

/** Carries out one attempt and gives how it ended. Never rejects: whatever is thrown becomes a failure. */
export async function runHandler(handler: Handler, context: StepContext): Promise<StepOutcome> {
  try {
    return toOutcome(await invoke(handler, context));
  } catch (error) {
    return { kind: 'failure', error: describeThrown(error) };
  }
}

function invoke(handler: Handler, context: StepContext): unknown {
  if (!isDefinedHandler(handler)) return invokeMethod(handler, context);
  if (context.handlerMethod !== 'call') throw new MethodDispatchError(handler.handlerName, context.handlerMethod);
  return handler.call(context);
}

function invokeMethod(handlerClass: StepHandlerClass, context: StepContext): unknown {
  const name = context.handlerMethod;
  const instance = new handlerClass();
  if (name === 'call') return instance.call(context);
  const method = isCallableName(instance, name) ? (instance as unknown as Record<string, unknown>)[name] : null;
  if (typeof method !== 'function') throw new MethodDispatchError(handlerNameOf(handlerClass), name);
  return method.call(instance, context);
}

/** Templates are data: they reach what an author wrote, never what every handler or object has. */
function isCallableName(instance: StepHandler, name: string): boolean {
  if (name in Object.prototype || name in StepHandler.prototype) return false;
  return name in instance;
}

function toOutcome(returned: unknown): StepOutcome {
  if (isStepFailure(returned)) return { kind: 'failure', error: describeReturned(returned) };
  if (!isStepSuccess(returned)) return { kind: 'success', result: toJsonResult(returned), metadata: NO_METADATA };
  const metadata = toJsonResult(returned.metadata) as JsonObject;
  return { kind: 'success', result: toJsonResult(returned.result), metadata };
}
