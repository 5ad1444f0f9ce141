import type { Service } from '@tasker/lifecycle';
import type { Logger } from '@tasker/telemetry';

/** What {@link stopOnSignals} works with. */
export interface StopOnSignalsDeps {
  readonly service: Pick<Service, 'stop'>;
  /** Milliseconds that the work in progress may take; the rest of the stop has 5,000 more. */
  readonly shutdownTimeoutMs: number;
  readonly logger: Logger;
}

/** Stops the service and ends the process; only the first call counts. */
export type StopProcess = (reason: string, exitCode: number) => void;

/** Enough to close connections; what takes longer waits for something that may never come, as a statement behind a lock. */
const SPARE_MS = 5_000;

/**
 * Has SIGTERM and SIGINT stop the service and end the process with code 0, or with 1 when the stop fails or does not end in time:
 * killing is safe, and staying is not.
 */
export function stopOnSignals({ service, shutdownTimeoutMs, logger }: StopOnSignalsDeps): StopProcess {
  let isStopping = false;

  function stop(reason: string, exitCode: number): void {
    if (isStopping) return;
    isStopping = true;
    logger.info('stopping', { reason });
    const deadlineMs = shutdownTimeoutMs + SPARE_MS;
    setTimeout(() => {
      logger.error('the stop does not end, so the process does', { deadlineMs });
      process.exit(1);
    }, deadlineMs);
    service.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error('stop failed', { error });
        process.exit(1);
      },
    );
  }

  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  return stop;
}
