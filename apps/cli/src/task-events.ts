/** The changes of a task as the server tells of them. */
export interface TaskEvents {
  /** Resolves with true when something has changed since the last call, with false when no more will be told. */
  next(): Promise<boolean>;
  /** What to give to the server to go on from here; null before the first event. */
  readonly lastEventId: string | null;
}

const EVENT_ID = /^id: (\S+)$/gm;

/**
 * Reads a stream of server-sent events (WHATWG HTML, server-sent events) as it comes. Changes that come while nobody asks are one;
 * a connection that is lost is an end.
 */
export function readTaskEvents(body: ReadableStream<Uint8Array>): TaskEvents {
  let lastEventId: string | null = null;
  let hasChanged = false;
  let hasEnded = false;
  let tell = () => {};

  async function read(): Promise<void> {
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const text = rest + chunk;
      const end = text.lastIndexOf('\n\n') + 1;
      rest = text.slice(end);
      const ids = [...text.slice(0, end).matchAll(EVENT_ID)];
      if (ids.length === 0) continue;
      lastEventId = ids.at(-1)?.[1] ?? lastEventId;
      hasChanged = true;
      tell();
    }
  }

  read()
    .catch(() => {})
    .finally(() => {
      hasEnded = true;
      tell();
    });

  return {
    async next() {
      if (!hasChanged && !hasEnded) {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
      const changed = hasChanged;
      hasChanged = false;
      return changed;
    },
    get lastEventId() {
      return lastEventId;
    },
  };
}
