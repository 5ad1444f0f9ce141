import { delay } from '@tasker/lifecycle';
import type { Delivery, Disposition, MessagingProvider, Subscription } from '@tasker/messaging';
import { parseTaskRequestMessage, type RequestProblem } from '@tasker/protocol';
import { ORCHESTRATION_QUEUES } from '@tasker/store';
import { type Logger, parseTraceparent } from '@tasker/telemetry';
import type { SubmitOutcome, TaskIntake } from './task-intake';

const QUEUE = ORCHESTRATION_QUEUES.requests;
/** As good as never: the engine knows when to look. */
const LONGEST_INTERVAL_MS = 2_147_483_647;
/** A breaker whose trial is under way does not know for how long. */
const LEAST_WAIT_MS = 100;
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

/** How long a refused request has to wait, in milliseconds; null when the error is no refusal, and trying again counts. */
function findRetryAfterMs(error: unknown): number | null {
  const { code, retryAfterMs } = error as { code?: unknown; retryAfterMs?: unknown };
  const isRefusal = code === 'OVERLOADED' || code === 'CIRCUIT_OPEN';
  return isRefusal && typeof retryAfterMs === 'number' ? Math.max(LEAST_WAIT_MS, retryAfterMs) : null;
}

/**
 * Submits until it is not refused; gives null when `signal` aborts first. A request that waits here keeps its lease, and holds up
 * those behind it; given back, it would use up its deliveries and be dead-lettered by nothing but a long overload.
 */
async function submitWhenLetIn(
  submit: () => Promise<SubmitOutcome>,
  signal: AbortSignal,
): Promise<SubmitOutcome | null> {
  while (!signal.aborted) {
    try {
      return await submit();
    } catch (error) {
      const retryAfterMs = findRetryAfterMs(error);
      if (retryAfterMs === null) throw error;
      await delay(retryAfterMs, { signal }).catch(() => {});
    }
  }
  return null;
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
 * goes to the dead-letter queue with its reason; one that is refused for a while waits; one that fails for another cause is
 * handed out again.
 */
export function createRequestConsumer({ provider, intake, logger, ...messages }: RequestConsumerDeps): RequestConsumer {
  const stopping = new AbortController();
  let subscription: Subscription | undefined;

  async function handle({ body, headers, messageId }: Delivery, leaseLost: AbortSignal): Promise<Disposition> {
    const parsed = parseTaskRequestMessage(body);
    if (!parsed.ok) return { kind: 'deadLetter', reason: describe(parsed.problems) };
    const submit = () => intake.submit(parsed.value, parseTraceparent(headers.traceparent));
    const signal = AbortSignal.any([leaseLost, stopping.signal]);
    const outcome = await submitWhenLetIn(submit, signal);
    if (outcome === null) return { kind: 'requeue', afterMs: 0 };
    const disposition = dispose(outcome);
    if (disposition.kind === 'deadLetter') {
      logger.warn('task request refused', { queue: QUEUE, messageId, reason: disposition.reason });
    }
    return disposition;
  }

  return {
    start() {
      subscription = provider.consume(
        [QUEUE],
        (delivery, { signal }) => handle(delivery, signal),
        // Woken by the engine's own listener: each further one in the database is woken by every notification.
        { ...messages, mode: 'poll', fastPollIntervalMs: LONGEST_INTERVAL_MS },
      );
    },

    wake: () => subscription?.wake(),

    async stop() {
      stopping.abort(new Error('the consumer of task requests was stopped'));
      await subscription?.stop();
    },
  };
}
