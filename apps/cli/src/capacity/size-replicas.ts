/** A load to carry, or one that was measured. */
export interface Load {
  readonly tasksPerSecond: number;
  /** Attempts of steps per task, retries included. */
  readonly stepsPerTask: number;
  /** Milliseconds that a handler takes on average. */
  readonly handlerMs: number;
}

/** What one process carries. */
export interface ProcessRates {
  /** Results of steps that one orchestration applies per second. */
  readonly stepsPerOrchestration: number;
  /** Handlers that one worker runs at once: `worker.max_concurrent_handlers`. */
  readonly handlersPerWorker: number;
}

/** Replicas that carry a load. */
export interface SizedReplicas {
  readonly stepsPerSecond: number;
  /** Handlers that run at once, on average. */
  readonly busyHandlers: number;
  readonly orchestration: number;
  readonly workers: number;
}

/** How busy processes may be on average, so that bursts and the loss of one fit. */
const UTILIZATION = 0.7;
/** Fewer are not available while one is replaced. */
const MIN_REPLICAS = 2;

const replicasFor = (amount: number, perProcess: number) =>
  Math.max(MIN_REPLICAS, Math.ceil(amount / (perProcess * UTILIZATION)));

/** Gives the replicas that carry a load at 70 % of what they can, two of each at least. By Little's law, as many handlers run as steps come per second, times the seconds each takes. */
export function sizeReplicas(load: Load, rates: ProcessRates): SizedReplicas {
  const stepsPerSecond = load.tasksPerSecond * load.stepsPerTask;
  const busyHandlers = (stepsPerSecond * load.handlerMs) / 1_000;
  return {
    stepsPerSecond,
    busyHandlers,
    orchestration: replicasFor(stepsPerSecond, rates.stepsPerOrchestration),
    workers: replicasFor(busyHandlers, rates.handlersPerWorker),
  };
}
