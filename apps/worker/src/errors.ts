/** The reason of a step's signal: its time is up. */
export class StepTimeoutError extends Error {
  override readonly name = 'StepTimeoutError';
  readonly code = 'STEP_TIMEOUT';

  constructor(stepName: string, timeoutMs: number) {
    super(`the step '${stepName}' ran longer than its ${timeoutMs} ms`);
  }
}

/** The reason of a step's signal: another worker may run it now, or its task was cancelled. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly code = 'LEASE_LOST';

  constructor(stepName: string, why: string) {
    super(`the lease of the step '${stepName}' is lost: ${why}; its result will not count`);
  }
}

/** The reason of a step's signal: the worker stops and hands the step back. */
export class WorkerStoppingError extends Error {
  override readonly name = 'WorkerStoppingError';
  readonly code = 'WORKER_STOPPING';

  constructor() {
    super('the worker stops: the step is handed back and will run again elsewhere');
  }
}

/** A handler module that cannot be used. */
export class HandlerModuleError extends Error {
  override readonly name = 'HandlerModuleError';
  readonly code = 'HANDLER_MODULE';
}

/** Settings that a worker cannot start with; the message lists every problem. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS';

  constructor(readonly problems: readonly string[]) {
    super(`the worker's settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
