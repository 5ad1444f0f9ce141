import { setTimeout } from 'node:timers/promises';
import type { Delivery, Subscription } from '@tasker/messaging';
import type { Backend } from './contender';

/** A pace of sending at which the time from `send` to the handler is measured. */
export interface Pace {
  readonly name: string;
  readonly count: number;
  readonly pauseMs: number;
}

/** Paces from a trickle, where the consumer is idle before each message, to a stream. */
export const PACES: readonly Pace[] = [
  { name: 'wake-up of an idle consumer', count: 50, pauseMs: 120 },
  { name: 'end to end, 200 messages/s', count: 400, pauseMs: 5 },
];

const WARM_UP_COUNT = 20;

/** Sends one message after the other at this pace and gives how many milliseconds each took to its handler. */
export async function measureLatency({ sender, receiver }: Backend, queue: string, pace: Pace): Promise<number[]> {
  const tookMs: number[] = [];
  const count = pace.count + WARM_UP_COUNT;
  await receiver.ensureQueues([queue]);
  let subscription: Subscription | undefined;
  const allArrived = new Promise<void>((resolve) => {
    subscription = receiver.consume([queue], async ({ body }: Delivery) => {
      tookMs.push(performance.now() - (body as { sentAtMs: number }).sentAtMs);
      if (tookMs.length === count) resolve();
    });
  });
  for (let sent = 0; sent < count; sent += 1) {
    await setTimeout(pace.pauseMs);
    await sender.send(queue, { sentAtMs: performance.now() });
  }
  await allArrived;
  await subscription?.stop();
  return tookMs.slice(WARM_UP_COUNT);
}
