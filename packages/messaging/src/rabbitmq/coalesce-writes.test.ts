import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { coalesceWrites } from './coalesce-writes';

/** Keeps what reaches it, one entry for each call. */
function recordingStream(): { stream: Duplex; calls: string[] } {
  const calls: string[] = [];
  const stream = new Duplex({
    highWaterMark: 8,
    read() {},
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      setImmediate(done);
    },
  });
  coalesceWrites(stream);
  return { stream, calls };
}

test('what is written in one turn goes out by one call, in its order', async () => {
  const { stream, calls } = recordingStream();
  for (const text of ['a', 'b', 'c']) stream.write(text);
  await new Promise(setImmediate);
  stream.write('d');
  await new Promise(setImmediate);
  expect(calls).toEqual(['abc', 'd']);
});

test('a full stream still says so, and drains', async () => {
  const { stream, calls } = recordingStream();
  expect(stream.write('1234')).toBe(true);
  expect(stream.write('5678')).toBe(false);
  await once(stream, 'drain');
  expect(calls).toEqual(['12345678']);
});

test('the callback of a write is called when it is out', async () => {
  const { stream, calls } = recordingStream();
  await new Promise<void>((resolve) => stream.write('a', () => resolve()));
  expect(calls).toEqual(['a']);
});
