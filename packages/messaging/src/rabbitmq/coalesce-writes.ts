import type { Duplex } from 'node:stream';

/**
 * Has everything that one turn of the event loop writes to the stream go out together. The driver writes each message by
 * itself: over a socket a system call here and a wake-up of the broker, which cost more than the rest of a small message.
 */
export function coalesceWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...values: unknown[]) => boolean;
  const corkAndWrite = (...values: unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...values);
  };
  stream.write = corkAndWrite as Duplex['write'];
}
