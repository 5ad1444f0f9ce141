import type { Advance, ClaimedStep, OrchestrationStore, WorkerStore } from '@tasker/store';
import { ORCHESTRATION_QUEUES } from '@tasker/store';
import type { StepId } from '@tasker/workflow';
import type { Inbox } from './inbox';

const NOTHING: Advance = { taken: 0, completed: 0, settled: [], undecided: [], deadLettered: [] };

/** Calls with messages of the inbox; they are settled when it has succeeded, else given back. */
async function withMessages<Value>(
  inbox: Inbox,
  queue: string,
  max: number,
  call: (given: readonly StepId[]) => Promise<Value>,
): Promise<Value | null> {
  const messages = inbox.take(queue, max);
  if (messages.length === 0) return null;
  try {
    const value = await call(messages.map(({ stepUuid }) => stepUuid));
    for (const message of messages) message.settle();
    return value;
  } catch (error) {
    inbox.giveBack(messages);
    throw error;
  }
}

/** Gives the store with claims that take their messages from the inbox. An empty inbox costs no statement. */
export function claimFromInbox(store: WorkerStore, inbox: Inbox): WorkerStore {
  return {
    ...store,

    async claimSteps(request) {
      const claimed: ClaimedStep[] = [];
      while (claimed.length < request.max) {
        const max = request.max - claimed.length;
        const claim = (given: readonly StepId[]) => store.claimSteps({ ...request, max, given });
        const next = await withMessages(inbox, request.queue, max, claim).catch((error: unknown) => {
          // What was claimed before is held already, and must reach the caller.
          if (claimed.length > 0) return null;
          throw error;
        });
        if (next === null) break;
        claimed.push(...next);
      }
      return claimed;
    },
  };
}

/** Gives the store with results that are taken from the inbox. An empty inbox costs no statement. */
export function advanceFromInbox(store: OrchestrationStore, inbox: Inbox): OrchestrationStore {
  const advance = async (call: OrchestrationStore['advanceResults'], max: number) =>
    (await withMessages(inbox, ORCHESTRATION_QUEUES.results, max, (given) => call(max, given))) ?? NOTHING;
  return {
    ...store,
    advanceResults: (max) => advance(store.advanceResults, max),
    advanceResultsSingly: (max) => advance(store.advanceResultsSingly, max),
  };
}
