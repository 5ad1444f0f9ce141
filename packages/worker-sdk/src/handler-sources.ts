import type { JsonValue } from '@tasker/workflow';
import { PermanentError } from './errors';
import type { StepContext } from './step-context';

declare const valueType: unique symbol;

/** Where an argument of a functional handler comes from, with the type that the author promises. */
export interface ArgumentSource<Value> {
  readonly key: string;
  /** Whether a missing value is a permanent failure. */
  readonly required: boolean;
  /** Used when the value is missing or null. */
  readonly fallback?: unknown;
  readonly [valueType]?: Value;
}

/** Sources by argument name: a key or step name, or a typed source. */
export type ArgumentSources = Readonly<Record<string, string | ArgumentSource<unknown>>>;

/** The arguments that `Sources` give. A bare string gives any JSON value, or undefined when it is missing. */
export type ArgumentsOf<Sources extends ArgumentSources> = {
  readonly [Name in keyof Sources]: Sources[Name] extends ArgumentSource<infer Value> ? Value : JsonValue | undefined;
};

/** A key of the task's input with its type. Missing or null: `fallback`, and without one the step fails for good. */
export function input<Value>(key: string, fallback?: Value): ArgumentSource<Value> {
  return source(key, fallback);
}

/** A dependency's result with its type. Missing or null: `fallback`, and without one the step fails for good. */
export function dependency<Value>(stepName: string, fallback?: Value): ArgumentSource<Value> {
  return source(stepName, fallback);
}

function source<Value>(key: string, fallback: Value | undefined): ArgumentSource<Value> {
  return fallback === undefined ? { key, required: true } : { key, required: false, fallback };
}

/** Gives a function that reads the arguments from a context. */
export function argumentReader(
  sources: ArgumentSources,
  read: (context: StepContext, key: string) => JsonValue | undefined,
  describe: (key: string) => string,
): (context: StepContext, into: Record<string, unknown>) => void {
  const parts = Object.entries(sources).map(([name, from]): [string, ArgumentSource<unknown>] => [
    name,
    typeof from === 'string' ? { key: from, required: false } : from,
  ]);
  return (context, into) => {
    for (const [name, { key, required, fallback }] of parts) {
      const value = read(context, key);
      if ((value === undefined || value === null) && required) {
        throw new PermanentError(`${describe(key)} is missing`, { errorType: 'validation_error' });
      }
      into[name] = fallback === undefined ? value : (value ?? fallback);
    }
  };
}
