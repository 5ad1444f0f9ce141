export { HandlerModuleError, LeaseLostError, SettingsError, StepTimeoutError, WorkerStoppingError } from './errors';
export { loadHandlers } from './load-handlers';
export type { StepListener, WakeupEvents, WakeupMode } from './step-wakeups';
export { createWorker, type Worker, type WorkerOptions } from './worker';
export {
  createWorkerRuntime,
  type WorkerObserver,
  type WorkerRuntime,
  type WorkerRuntimeOptions,
  type WorkerStatus,
  workerQueueName,
} from './worker-runtime';
export { DEFAULT_TUNING, type WorkerTuning } from './worker-tuning';
