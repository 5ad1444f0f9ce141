import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, so that none of those is in the way later. */
const FIRST_PORT = 10_000;
const PORT_COUNT = 20_000;
/** Test processes that run at the same time start this far apart for neighbouring process ids. */
const STRIDE = 97;

let taken = 0;

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Gives a TCP port on loopback that nobody listens on; never the same one twice in a process, so that the port of a
 * server that was stopped stays free for its return.
 */
export async function takeFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + ((process.pid * STRIDE + taken) % PORT_COUNT);
    taken += 1;
    if (await isFree(port)) return port;
  }
}
