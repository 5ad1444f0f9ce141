import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Delivery } from '../delivery';
import type { MessagingProvider } from '../messaging-provider';

/** What a case works on: a started provider and a new queue of its own. */
export interface ConformanceSubject {
  readonly provider: MessagingProvider;
  readonly queue: string;
}

/** One sentence about behaviour, and its proof: `run` rejects when it does not hold. */
export interface ConformanceCase {
  readonly name: string;
  run(subject: ConformanceSubject): Promise<void>;
}

/** Gives a queue name that nobody else uses. */
export function uniqueQueueName(): string {
  return `conformance_${randomBytes(6).toString('hex')}`;
}

/** Gives the first truthy answer; rejects after `timeoutMs` without one. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  what: string,
  timeoutMs = 15_000,
): Promise<Exclude<T, null | undefined | false>> {
  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, null | undefined | false>;
    if (performance.now() > giveUpAtMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** By how much the broker's clock and this process's may differ over a second or two. */
const CLOCK_SLACK_MS = 50;

/**
 * Receives the next message, and rejects when it came before `earliestMs`, a time of `performance.now()`. That it comes
 * late proves nothing: machines stall.
 */
export async function receiveNotBefore({ provider, queue }: ConformanceSubject, earliestMs: number): Promise<Delivery> {
  const delivery = await eventually(async () => (await provider.receive(queue))[0], 'message visible');
  const missingMs = earliestMs - performance.now();
  assert.ok(missingMs < CLOCK_SLACK_MS, `received ${missingMs} ms too soon`);
  return delivery;
}

/** A promise and its resolver. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Makes a gate that is closed. */
export function makeGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
