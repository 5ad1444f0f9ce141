import { createFakeClock } from '@tasker/lifecycle';
import type { ClaimedStep } from '@tasker/store';
import { defineHandler, HandlerRegistry, type Logger, type StepContext } from '@tasker/worker-sdk';
import type { TaskId } from '@tasker/workflow';
import type { WakeupEvents, WakeupMode } from '../step-wakeups';
import type { StepTracer } from '../trace-step';
import { createWorkerRuntime, type WorkerObserver } from '../worker-runtime';
import type { WorkerTuning } from '../worker-tuning';
import { createFakeWorkerStore } from './fake-worker-store';

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A function that ends when a test says so. */
export interface Gate<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
}

/** Creates a gate. */
export function createGate<Value = void>(): Gate<Value> {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** What a test sets of its worker. */
export interface TestWorkerOptions {
  readonly namespaces?: readonly string[];
  readonly tuning?: Partial<WorkerTuning>;
  readonly mode?: WakeupMode;
  readonly pollsBesideListener?: boolean;
  readonly observer?: WorkerObserver;
  readonly traceStep?: StepTracer;
  readonly store?: ReturnType<typeof createFakeWorkerStore>;
}

/** Starts a worker on a fake clock and a fake store, whose handler `work` is `run`; its listener is healthy from the start. */
async function startTestWorker(run: (context: StepContext) => unknown, options: TestWorkerOptions = {}) {
  const store = options.store ?? createFakeWorkerStore();
  const clock = createFakeClock();
  const registry = new HandlerRegistry();
  registry.register(defineHandler('work', {}, ({ context }) => run(context)));
  const listener: { events: WakeupEvents | null } = { events: null };
  const worker = createWorkerRuntime({
    store,
    registry,
    clock,
    namespaces: options.namespaces ?? ['shop'],
    workerId: 'w1',
    logger: SILENT,
    mode: options.mode ?? 'Hybrid',
    pollsBesideListener: options.pollsBesideListener ?? true,
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    traceStep: options.traceStep ?? null,
    tuning: options.tuning ?? {},
    createListener(events) {
      listener.events = events;
      return {
        async start() {
          events.onHealth(true);
          events.onDrain();
        },
        async stop() {},
      };
    },
  });
  await worker.start();
  const wake = (namespace = 'shop') => listener.events?.onWakeup(`worker_${namespace}_queue`);
  return {
    worker,
    store,
    clock,
    wake,
    setHealth: (isHealthy: boolean) => listener.events?.onHealth(isHealthy),
    tellLeaseLost: (taskUuid: TaskId) => listener.events?.onLeaseLost(taskUuid),
  };
}

/** Gives `count` equal steps to enqueue. */
export function steps(count: number, step: Partial<ClaimedStep> = {}): Partial<ClaimedStep>[] {
  return Array.from({ length: count }, () => step);
}

/** A handler that runs until the test ends it, and says when it has begun. */
export function heldHandler() {
  const begun = createGate<StepContext>();
  const end = createGate<unknown>();
  const run = (context: StepContext) => {
    begun.resolve(context);
    return end.promise;
  };
  return { run, begun: begun.promise, end };
}

/** As `startTestWorker`; `await using` stops the worker, turning its clock where it waits. */
export async function startWorker(...args: Parameters<typeof startTestWorker>) {
  const started = await startTestWorker(...args);
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      const stopped = started.worker.stop();
      await started.clock.advance(60_000);
      await stopped;
    },
  };
}
