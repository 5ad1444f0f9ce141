import { once } from 'node:events';
import { type Clock, systemClock } from '@tasker/lifecycle';
import type { Response } from 'express';

/** One event of a stream. */
export interface ServerSentEvent {
  /** What the client sends as `Last-Event-ID` when it comes back. */
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Proxies and clients close connections on which nothing comes; most wait for a minute. */
const HEARTBEAT_MS = 15_000;
/** How long a client waits before it comes back. */
const RETRY_MS = 1_000;

/** Writes a comment now and then, so that the connection is seen to live. Gives what stops it. */
function keepAlive(response: Response, clock: Clock): () => void {
  let cancel = () => {};
  const arm = () => {
    cancel = clock.setTimer(HEARTBEAT_MS, () => {
      response.write(': heartbeat\n\n');
      arm();
    });
  };
  arm();
  return () => cancel();
}

/**
 * Sends events as they come and ends the answer after the last, or when the signal aborts (WHATWG HTML, server-sent events).
 * A HEAD is answered at once, and the events are not read.
 */
export async function sendEvents(
  response: Response,
  events: AsyncIterable<ServerSentEvent>,
  { signal, clock = systemClock }: { readonly signal: AbortSignal; readonly clock?: Clock },
): Promise<void> {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  if (response.req.method === 'HEAD') {
    // Nothing that is written to a HEAD is sent, so its client would wait as long as the events go on.
    response.end();
    return;
  }
  response.write(`retry: ${RETRY_MS}\n\n`);
  const stopHeartbeat = keepAlive(response, clock);
  try {
    for await (const { id, event, data } of events) {
      const hasRoom = response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (!hasRoom) await once(response, 'drain', { signal });
    }
  } catch (error) {
    // Who went away is not told, and a stop of the server is no fault: the client comes back with its last id.
    if (!signal.aborted) throw error;
  } finally {
    stopHeartbeat();
  }
  response.end();
}
