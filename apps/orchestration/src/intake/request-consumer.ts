import type { Disposition, MessagingProvider, Subscription } from '@tasker/messaging';
import { parseTaskRequestMessage, type RequestProblem } from '@tasker/protocol';
import { type Logger, parseTraceparent } from '@tasker/telemetry';
import type { SubmitOutcome, TaskIntake } from './task-intake';

const QUEUE = 'orchestration_task_requests';
/** As good as never: the engine knows when to look. */
const LONGEST_INTERVAL_MS = 2_147_483_647;
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

/** How many requests a {@link RequestConsumer} takes. */
export interface RequestBatches {
  /** At once. */
  readonly concurrency: number;
  /** Per look at the most. */
  readonly prefetch: number;
}

/** What holds for each request. */
export interface RequestMessages {
  /** Milliseconds that it stays hidden while it is worked on. */
  readonly visibilityTimeoutMs: number;
  /** Deliveries after which one that always fails is dead-lettered. */
  readonly maxReceiveCount: number;
}

/** What {@link createRequestConsumer} works with. */
export interface RequestConsumerDeps extends RequestBatches, RequestMessages {
  readonly provider: MessagingProvider;
  readonly intake: Pick<TaskIntake, 'submit'>;
  readonly logger: Logger;
}

/** A consumer of task requests. It looks at its start, when woken, and again for what was given back. */
export interface RequestConsumer {
  start(): void;
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Gives a consumer that makes tasks of the requests on `orchestration_task_requests`. A request that can never become a task
 * goes to the dead-letter queue with its reason; one that fails for another cause is handed out again.
 */
export function createRequestConsumer({ provider, intake, logger, ...messages }: RequestConsumerDeps): RequestConsumer {
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
        { ...messages, mode: 'poll', fastPollIntervalMs: LONGEST_INTERVAL_MS },
      );
    },

    wake: () => subscription?.wake(),

    async stop() {
      await subscription?.stop();
    },
  };
}
