import { type DefinedHandler, isDefinedHandler } from './define-handler';
import { DuplicateHandlerError, HandlerNotFoundError, NoResolverMatchError, ResolverNotFoundError } from './errors';
import { isStepHandlerClass, type StepHandlerClass } from './step-handler';

/** A handler in either style. */
export type Handler = StepHandlerClass | DefinedHandler;

/** How a template names a handler. */
export interface HandlerReference {
  readonly callable: string;
  readonly method: string | null;
  readonly resolver: string | null;
}

/** Turns a template's `handler.callable` into a handler. Implement it to look handlers up in a way of your own. */
export interface BaseResolver {
  /** What a template's `handler.resolver` may name. */
  readonly name: string;
  /** Resolvers are asked in ascending order; explicit names have 10, class names 100. */
  readonly priority: number;
  /** Gives the handler, or null to let the next resolver try. Called for every step, so it should be quick. */
  resolve(reference: HandlerReference): Handler | null;
}

/** Whether `value` is a handler of either style. */
export function isHandler(value: unknown): value is Handler {
  return isDefinedHandler(value) || isStepHandlerClass(value);
}

/** What templates call the handler: its `handlerName`, else the name of the class. */
export function handlerNameOf(handler: Handler): string {
  return isDefinedHandler(handler) ? handler.handlerName : (handler.handlerName ?? handler.name);
}

/** The handler's version. @default `1.0.0` */
export function handlerVersionOf(handler: Handler): string {
  return handler.handlerVersion ?? '1.0.0';
}

/** The handlers of one worker, by name, and the resolvers that find them. */
export class HandlerRegistry {
  readonly #byName = new Map<string, Handler>();
  readonly #byClassName = new Map<string, Handler>();
  #resolvers: readonly BaseResolver[] = [
    { name: 'explicit_mapping', priority: 10, resolve: ({ callable }) => this.#byName.get(callable) ?? null },
    { name: 'class_lookup', priority: 100, resolve: ({ callable }) => this.#findByClassName(callable) },
  ];

  /**
   * Adds a handler under its name, or under `name`. Adding the same handler again changes nothing.
   * @throws {DuplicateHandlerError} when another handler has the name
   */
  register(handler: Handler, name: string = handlerNameOf(handler)): void {
    const known = this.#byName.get(name);
    if (known !== undefined && known !== handler) throw new DuplicateHandlerError(name);
    this.#byName.set(name, handler);
    if (!isDefinedHandler(handler)) this.#byClassName.set(handler.name, handler);
  }

  /** Adds a resolver of your own. One of the same name is replaced. */
  addResolver(resolver: BaseResolver): void {
    const others = this.#resolvers.filter(({ name }) => name !== resolver.name);
    this.#resolvers = [...others, resolver].sort((a, b) => a.priority - b.priority);
  }

  /** Registered names, sorted. */
  names(): string[] {
    return [...this.#byName.keys()].sort();
  }

  /** Registered names and versions, sorted by name. */
  list(): { name: string; version: string }[] {
    return [...this.#byName]
      .map(([name, handler]) => ({ name, version: handlerVersionOf(handler) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Gives the handler that a template names.
   * @throws {HandlerNotFoundError} when no resolver knows it
   * @throws {ResolverNotFoundError} when the reference names a resolver that is not there
   * @throws {NoResolverMatchError} when the named resolver does not know it
   */
  resolve(reference: HandlerReference): Handler {
    if (reference.resolver !== null) return this.#resolveBy(reference.resolver, reference);
    for (const resolver of this.#resolvers) {
      const handler = resolver.resolve(reference);
      if (handler !== null) return handler;
    }
    throw new HandlerNotFoundError(reference.callable, this.names());
  }

  #resolveBy(name: string, reference: HandlerReference): Handler {
    const resolver = this.#resolvers.find((candidate) => candidate.name === name);
    if (resolver === undefined) {
      throw new ResolverNotFoundError(
        name,
        this.#resolvers.map((candidate) => candidate.name),
      );
    }
    const handler = resolver.resolve(reference);
    if (handler === null) throw new NoResolverMatchError(name, reference.callable);
    return handler;
  }

  /** `Name`, or the last part of `module.Name`, `module/Name` and `Module::Name`. */
  #findByClassName(callable: string): Handler | null {
    const className = callable.split(/[./:]/).at(-1) ?? callable;
    return this.#byClassName.get(className) ?? this.#byName.get(className) ?? null;
  }
}
