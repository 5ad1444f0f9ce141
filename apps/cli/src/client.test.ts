import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from './client';

/** Answers only after it has closed a connection without an answer. */
async function startServer() {
  const methods: string[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method ?? '');
    if (methods.length === 1) request.socket.destroy();
    else response.end('{"templates":[],"total_count":0}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('what changes nothing is asked once more when the server closes the connection', async () => {
  await using server = await startServer();
  expect(await createClient(server.url).listTemplates()).toEqual({ templates: [], total_count: 0 });
  expect(server.methods).toEqual(['GET', 'GET']);
});

test('what may have changed something is not', async () => {
  await using server = await startServer();
  const created = createClient(server.url).createTask({ namespace: 'a', name: 'b', context: {} });
  await expect(created).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(server.methods).toEqual(['POST']);
});
