import type { MessagingProvider } from '@tasker/messaging';
import type { HealthCheck } from '@tasker/service-host';
import { type Database, ORCHESTRATION_QUEUES, type TaskReader } from '@tasker/store';
import type { Logger } from '@tasker/telemetry';
import type { ExecutorName } from '../engine/executor-pools';
import type { WorkDepths } from './work-depths';

/** What {@link createHealthChecks} asks. Database and provider go through their breakers, so that a check can be their trial. */
export interface HealthChecksDeps {
  readonly database: Database;
  readonly provider: Pick<MessagingProvider, 'health'>;
  /** Counted after each good look at the message queue, if it is time. */
  readonly depths: Pick<WorkDepths, 'refresh'>;
  readonly logger: Logger;
}

/** Gives the checks of orchestration's components, `database` and `message_queue`. */
export function createHealthChecks({ database, provider, depths, logger }: HealthChecksDeps): readonly HealthCheck[] {
  return [
    { name: 'database', check: () => database.query({ text: 'select' }) },
    {
      name: 'message_queue',
      async check() {
        const { healthy, problem } = await provider.health();
        if (!healthy) throw new Error(problem ?? 'the message queue does not answer');
        // Not part of the check: a long queue takes long to count, and is no less healthy.
        void depths.refresh().catch((error: unknown) => logger.warn('counting work failed', { error }));
      },
    },
  ];
}

/** Gives how the work of each kind of executor is counted. */
export function countWork(
  provider: Pick<MessagingProvider, 'stats'>,
  reader: Pick<TaskReader, 'countDueSteps'>,
): Readonly<Record<ExecutorName, () => Promise<number>>> {
  const countVisible = async (queue: string) => (await provider.stats(queue)).visibleCount;
  return {
    task_initializer: () => countVisible(ORCHESTRATION_QUEUES.requests),
    result_processor: () => countVisible(ORCHESTRATION_QUEUES.results),
    step_enqueuer: () => reader.countDueSteps(),
  };
}
