import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from './client';
import { watchTask } from './watch-task';

const UUID = '019b2f6e-7c1a-7000-8000-000000000001';

/** A server that has the task `UUID`; `answerEvents` answers requests for its events, and what it says the task's status. */
async function startServer(answerEvents: (response: ServerResponse, setStatus: (status: string) => void) => void) {
  let status = 'steps_in_process';
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(
      `${request.url?.endsWith('/events') ? 'events' : 'task'} ${request.headers['last-event-id'] ?? ''}`.trim(),
    );
    if (request.url?.endsWith('/events')) {
      answerEvents(response, (next) => {
        status = next;
      });
      return;
    }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ task_uuid: UUID, status, steps: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    client: createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('retry: 1000\n\n');
}

const event = (id: string) => `id: ${id}\nevent: step\ndata: {}\n\n`;

async function watch(client: ReturnType<typeof createClient>, signal?: AbortSignal) {
  const looks: string[] = [];
  const onLook = ({ status }: { readonly status: string }) => void looks.push(status);
  const task = await watchTask({ client, taskUuid: UUID, onLook, ...(signal === undefined ? {} : { signal }) });
  return { task, looks };
}

test('a task is looked at when the server tells of a change, and never in between', async () => {
  await using server = await startServer((response, setStatus) => {
    beginEvents(response);
    response.write(': heartbeat\n\n');
    // Longer than a poll would wait.
    setTimeout(() => {
      setStatus('complete');
      response.write(event('4-2'));
    }, 500);
  });
  const { task, looks } = await watch(server.client);
  expect(task.status).toBe('complete');
  expect(looks).toEqual(['steps_in_process', 'complete']);
  expect(server.asked).toEqual(['task', 'events', 'task']);
});

test('a task that waits for an operator ends the watch, though its events go on', async () => {
  await using server = await startServer((response, setStatus) => {
    setStatus('blocked_by_failures');
    beginEvents(response);
    response.write(event('1-0'));
  });
  expect((await watch(server.client)).task.status).toBe('blocked_by_failures');
});

test('an answer that ends is asked for again, after the last event that came', async () => {
  let answers = 0;
  await using server = await startServer((response, setStatus) => {
    answers += 1;
    beginEvents(response);
    if (answers === 2) setStatus('complete');
    response.end(event(`${answers}-0`));
  });
  expect((await watch(server.client)).task.status).toBe('complete');
  expect(server.asked.filter((one) => one.startsWith('events'))).toEqual(['events', 'events 1-0']);
});

test('a server without events is polled', async () => {
  let answers = 0;
  await using server = await startServer((response, setStatus) => {
    answers += 1;
    if (answers === 2) setStatus('complete');
    response.writeHead(404).end('{"error":{"code":"NOT_FOUND","message":"no such path"}}');
  });
  expect((await watch(server.client)).task.status).toBe('complete');
});

test('a watch ends with the reason of its signal', async () => {
  const stop = new AbortController();
  await using server = await startServer((response) => {
    beginEvents(response);
    response.write(event('1-0'), () => stop.abort(new Error('enough')));
  });
  await expect(watch(server.client, stop.signal)).rejects.toThrow('enough');
});
