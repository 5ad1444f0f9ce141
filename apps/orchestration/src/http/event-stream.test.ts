import { createFakeClock } from '@tasker/lifecycle';
import express, { type Response } from 'express';
import { type ServerSentEvent, sendEvents } from './event-stream';

/** Serves one stream, and gives what a client reads of it, piece by piece. */
async function open(events: (response: Response) => AsyncIterable<ServerSentEvent>, method: 'GET' | 'HEAD' = 'GET') {
  const clock = createFakeClock();
  const app = express().get('/', (_request, response) =>
    sendEvents(response, events(response), { signal: new AbortController().signal, clock }),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`, { method });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  return {
    clock,
    answer,
    read: async () => (await reader?.read())?.value,
    async [Symbol.asyncDispose]() {
      await reader?.cancel();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('events are written in the format of server-sent events, and the answer ends after the last', async () => {
  await using stream = await open(async function* () {
    yield { id: '1-2', event: 'task', data: { text: 'a\nb' } };
  });
  expect(stream.answer.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) text += piece;
  expect(text).toBe('retry: 1000\n\nid: 1-2\nevent: task\ndata: {"text":"a\\nb"}\n\n');
});

test('a comment every 15 seconds keeps the connection in use, and none comes after the end', async () => {
  let finish = () => {};
  const finished = new Promise<void>((done) => {
    finish = done;
  });
  await using stream = await open(async function* () {
    await finished;
    yield { id: '1-1', event: 'task', data: {} };
  });
  expect(await stream.read()).toBe('retry: 1000\n\n');
  await stream.clock.advance(15_000);
  expect(await stream.read()).toBe(': heartbeat\n\n');
  await stream.clock.advance(15_000);
  expect(await stream.read()).toBe(': heartbeat\n\n');
  finish();
  expect(await stream.read()).toContain('id: 1-1');
  await stream.clock.advance(60_000);
  expect(await stream.read()).toBeUndefined();
});

test('a HEAD is answered at once, without reading events that may never come', async () => {
  const read = jest.fn<AsyncIterator<ServerSentEvent>, []>();
  await using stream = await open(() => ({ [Symbol.asyncIterator]: read }), 'HEAD');
  expect(stream.answer.status).toBe(200);
  expect(stream.answer.headers.get('content-type')).toContain('text/event-stream');
  expect(read).not.toHaveBeenCalled();
});
