import { type ArgumentSources, type ArgumentsOf, argumentReader } from './handler-sources';
import type { StepContext } from './step-context';
import type { StepFailure, StepSuccess } from './step-result';

const DEFINED_HANDLER = Symbol.for('@tasker/worker-sdk/defined-handler');

/** What a functional handler asks for. */
export interface HandlerDefinition<
  Depends extends ArgumentSources = ArgumentSources,
  Inputs extends ArgumentSources = ArgumentSources,
> {
  /** Arguments from results of earlier steps: `{ order: 'validate_order' }` or `{ order: dependency<Order>('validate_order') }`. */
  readonly depends?: Depends;
  /** Arguments from the task's input: `{ amount: 'amount' }` or `{ amount: input<number>('amount') }`. */
  readonly inputs?: Inputs;
  /** Version of the handler's behaviour. @default `1.0.0` */
  readonly version?: string;
}

/** A handler as a value: export it from a handler module. Registers itself nowhere. */
export interface DefinedHandler<Result = unknown> {
  readonly [DEFINED_HANDLER]: true;
  /** What templates call this handler. */
  readonly handlerName: string;
  readonly handlerVersion: string;
  call(context: StepContext): Result;
}

/** The plain result of a functional handler: what the steps after it receive. */
export type ResultOf<Handler extends DefinedHandler> =
  Handler extends DefinedHandler<infer Result> ? UnwrapResult<Awaited<Result>> : never;

type UnwrapResult<Result> = Result extends StepFailure
  ? never
  : Result extends StepSuccess<infer Value>
    ? Value
    : Result;

/** The arguments of a functional handler: those it asked for, and the step's context. */
export type HandlerArguments<Depends extends ArgumentSources, Inputs extends ArgumentSources> = ArgumentsOf<Depends> &
  ArgumentsOf<Inputs> & { readonly context: StepContext };

type NoSources = Record<never, never>;

/**
 * Gives a handler made of a function. The function's arguments are what `definition` asks for, plus `context`; it gives
 * its result (any JSON), `success(…)` or `failure(…)`, or throws.
 * @throws {TypeError} for an empty name, or an argument that is asked for twice or called `context`
 */
export function defineHandler<
  Result,
  Depends extends ArgumentSources = NoSources,
  Inputs extends ArgumentSources = NoSources,
>(
  name: string,
  definition: HandlerDefinition<Depends, Inputs>,
  run: (args: HandlerArguments<Depends, Inputs>) => Result,
): DefinedHandler<Result> {
  const readArguments = createArgumentsReader(name, definition);
  return Object.freeze({
    [DEFINED_HANDLER]: true as const,
    handlerName: name,
    handlerVersion: definition.version ?? '1.0.0',
    call: (context: StepContext) => run(readArguments(context) as HandlerArguments<Depends, Inputs>),
  });
}

/** Checks a definition and gives the function that makes its arguments. */
function createArgumentsReader(
  name: string,
  { depends = {}, inputs = {} }: HandlerDefinition,
): (context: StepContext) => Record<string, unknown> {
  if (name === '') throw new TypeError('a handler needs a name');
  const names = [...Object.keys(depends), ...Object.keys(inputs), 'context'];
  const twice = names.find((argument, index) => names.indexOf(argument) !== index);
  if (twice !== undefined) throw new TypeError(`handler '${name}': the argument '${twice}' is taken twice`);
  const readDepends = argumentReader(
    depends,
    (context, step) => context.getDependencyResult(step),
    (step) => `the result of step '${step}'`,
  );
  const readInputs = argumentReader(
    inputs,
    (context, key) => context.getInput(key),
    (key) => `the task input '${key}'`,
  );
  return (context) => {
    const args: Record<string, unknown> = { context };
    readDepends(context, args);
    readInputs(context, args);
    return args;
  };
}

/** Whether `value` was made by `defineHandler`, of whichever copy of this package. */
export function isDefinedHandler(value: unknown): value is DefinedHandler {
  return typeof value === 'object' && value !== null && DEFINED_HANDLER in value;
}
