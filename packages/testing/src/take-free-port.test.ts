import { createServer } from 'node:net';
import { takeFreePort } from './take-free-port';

test('ports that are taken at the same time differ, and a port that is in use is passed over', async () => {
  const [first, second] = await Promise.all([takeFreePort(), takeFreePort()]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen((second ?? 0) + 1, '127.0.0.1', resolve));
  const third = await takeFreePort();
  await new Promise((resolve) => server.close(resolve));
  expect(new Set([first, second, (second ?? 0) + 1, third]).size).toBe(4);
});
