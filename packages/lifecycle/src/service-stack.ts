import type { Service } from './service';

/** Services that rest on each other: stopping goes from the last to the first. */
export interface ServiceStack extends AsyncDisposable {
  /** Starts a service and puts it on top; one that does not start is stopped and not kept. Returns the service. */
  start<S extends Service>(service: S, signal?: AbortSignal): Promise<S>;
  /** Puts any clean-up on top. */
  defer(cleanUp: () => Promise<void>): void;
  /** Stops all from the top down; see {@link stopAll}. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Stops services from the last to the first, one after the other. One that fails does not keep the others running.
 *
 * @throws {AggregateError} at the end, with all failures.
 */
export async function stopAll(services: readonly Pick<Service, 'stop'>[]): Promise<void> {
  const failures: unknown[] = [];
  for (const service of services.toReversed()) {
    await service.stop().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} service(s) failed to stop`);
}

/** Creates an empty stack; `await using stack = createStack()` unwinds it when its block ends. */
export function createStack(): ServiceStack {
  const services: Pick<Service, 'stop'>[] = [];
  let stopping: Promise<void> | null = null;

  const stack: ServiceStack = {
    async start(service, signal) {
      try {
        await service.start(signal);
      } catch (error) {
        await service.stop();
        throw error;
      }
      services.push(service);
      return service;
    },
    defer(cleanUp) {
      services.push({ stop: cleanUp });
    },
    stop() {
      stopping ??= stopAll(services);
      return stopping;
    },
    [Symbol.asyncDispose]: () => stack.stop(),
  };
  return stack;
}
