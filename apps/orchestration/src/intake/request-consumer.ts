import type { Disposition, MessagingProvider, Subscription } from '@tasker/messaging';
import { parseTaskRequestMessage, type RequestProblem } from '@tasker/protocol';
import { type Logger, parseTraceparent } from '@tasker/telemetry';
import type { SubmitOutcome, TaskIntake } from './task-intake';

const QUEUE = 'orchestration_task_requests';
const ACK: Disposition = { kind: 'ack' };

function describe(problems: readonly RequestProblem[]): string {
  return problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
}

function dispose(outcome: SubmitOutcome): Disposition {
  switch (outcome.kind) {
    case 'created':
    case 'duplicate':
      return ACK;
    case 'template_not_found':
      return { kind: 'deadLetter', reason: 'no such template is registered' };
    case 'invalid':
      return { kind: 'deadLetter', reason: describe(outcome.problems) };
  }
}

/** A consumer of task requests. It looks when woken, and by itself every five seconds. */
export interface RequestConsumer {
  start(): void;
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Gives a consumer that makes tasks of the requests on `orchestration_task_requests`. A request that can never become a task
 * goes to the dead-letter queue with its reason; one that fails for another cause is handed out again.
 */
export function createRequestConsumer(
  provider: MessagingProvider,
  intake: Pick<TaskIntake, 'submit'>,
  logger: Logger,
): RequestConsumer {
  let subscription: Subscription | undefined;
  return {
    start() {
      subscription = provider.consume(
        [QUEUE],
        async (delivery) => {
          const parsed = parseTaskRequestMessage(delivery.body);
          if (!parsed.ok) return { kind: 'deadLetter', reason: describe(parsed.problems) };
          const disposition = dispose(
            await intake.submit(parsed.value, parseTraceparent(delivery.headers.traceparent)),
          );
          if (disposition.kind === 'deadLetter') {
            logger.warn('task request refused', {
              queue: QUEUE,
              messageId: delivery.messageId,
              reason: disposition.reason,
            });
          }
          return disposition;
        },
        // Woken by the engine's own listener: each further one in the database is woken by every notification.
        { concurrency: 50, mode: 'poll', fastPollIntervalMs: 5_000 },
      );
    },

    wake: () => subscription?.wake(),

    async stop() {
      await subscription?.stop();
    },
  };
}
