import type { MessagingProvider } from '@tasker/messaging';
import type { OutboxMessage } from '@tasker/store';

/** What became of messages that were to be published. */
export interface Publication {
  readonly confirmed: readonly OutboxMessage[];
  readonly refused: readonly OutboxMessage[];
  /** Why the first of them was refused; null when none was. */
  readonly error: unknown;
}

/** Messages that can go in one call: of one queue, with the same headers. */
function groupMessages(messages: readonly OutboxMessage[]): readonly (readonly OutboxMessage[])[] {
  const groups = new Map<string, OutboxMessage[]>();
  for (const message of messages) {
    const key = `${message.queue} ${JSON.stringify(message.headers)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [message]);
    else group.push(message);
  }
  return [...groups.values()];
}

function isQueueMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'QUEUE_NOT_FOUND' || code === 'UNROUTABLE';
}

/** Gives a function that publishes messages, those of each queue in order, and never rejects. Queues that are missing are created. */
export function createPublisher(
  provider: Pick<MessagingProvider, 'ensureQueues' | 'sendBatch'>,
): (messages: readonly OutboxMessage[]) => Promise<Publication> {
  async function publishGroup(group: readonly OutboxMessage[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const bodies = group.map(({ body }) => body);
    const send = () => provider.sendBatch(first.queue, bodies, { headers: first.headers });
    await send().catch(async (error: unknown) => {
      if (!isQueueMissing(error)) throw error;
      await provider.ensureQueues([first.queue]);
      await send();
    });
  }

  return async (messages) => {
    const groups = groupMessages(messages);
    const sent = await Promise.allSettled(groups.map(publishGroup));
    const isSent = (_: unknown, index: number) => sent[index]?.status === 'fulfilled';
    const failed = sent.find((one) => one.status === 'rejected');
    return {
      confirmed: groups.filter(isSent).flat(),
      refused: groups.filter((group, index) => !isSent(group, index)).flat(),
      error: failed?.reason ?? null,
    };
  };
}
