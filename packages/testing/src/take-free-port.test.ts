import { createServer } from 'node:net';
import { takeFreePort } from './take-free-port';

test('ports that are taken at the same time differ, and a port that is in use is passed over', async () => {
  const [first = 0, second = 0] = await Promise.all([takeFreePort(), takeFreePort()]);
  const next = Math.max(first, second) + 1;
  const server = createServer();
  // Somebody else may listen there already, which does as well.
  await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(next, '127.0.0.1', resolve));
  const third = await takeFreePort();
  await new Promise((resolve) => server.close(resolve));
  expect(new Set([first, second, next, third]).size).toBe(4);
});

/** In a module of its own, which begins where all others with this process id begin. */
function takeElsewhere(): Promise<number> {
  let take = takeFreePort;
  jest.isolateModules(() => {
    take = (require('./take-free-port') as typeof import('./take-free-port')).takeFreePort;
  });
  return take();
}

test('a port that somebody else has taken is passed over, though nobody listens on it', async () => {
  expect(await takeElsewhere()).not.toBe(await takeElsewhere());
});
