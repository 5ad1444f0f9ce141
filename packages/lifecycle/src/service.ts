import { StoppedError } from './errors';

/**
 * Something that runs for a while.
 *
 * `start` resolves when it is usable and rejects when it cannot run; the signal gives up a start that is under way.
 * `stop` stops intake first, resolves when everything has ended, may be called twice, and is legal before start.
 * A stopped service does not start again: create another one.
 */
export interface Service extends AsyncDisposable {
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** The two halves of a service, without the rules of when they may be called. */
export interface ServiceParts {
  /** Names the service in errors, such as `HTTP server`. */
  readonly name: string;
  /** Becomes usable. The signal aborts when the caller gives up or `stop` is called. Cleans up after itself on error. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends what `start` began; called once, and only after a start that succeeded. */
  stop(): Promise<void>;
}

/** Gives a service that has nothing to do, for where another configuration has one that does. */
export function createIdleService(name: string): Service {
  return createService({ name, start: async () => {}, stop: async () => {} });
}

/** Makes a service of its two halves and keeps the contract: one start, stop in any state, never both at once. */
export function createService({ name, start, stop }: ServiceParts): Service {
  const stopRequest = new AbortController();
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;

  async function stopOnce(): Promise<void> {
    stopRequest.abort(new StoppedError(`${name} was stopped`));
    const started = await starting?.then(
      () => true,
      () => false,
    );
    if (started === true) await stop();
  }

  const service: Service = {
    start(signal) {
      if (stopping !== null) return Promise.reject(new StoppedError(`${name} was stopped and cannot start again`));
      const both = signal === undefined ? stopRequest.signal : AbortSignal.any([signal, stopRequest.signal]);
      starting ??= Promise.resolve().then(() => {
        both.throwIfAborted();
        return start(both);
      });
      return starting;
    },
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
  return service;
}
