import { createServer, type Server } from 'node:net';

/** Below the ports that systems give to outgoing connections, so that none of those is in the way later. */
const FIRST_PORT = 10_000;
const PORT_COUNT = 10_000;
/** Test processes that run at the same time start this far apart for neighbouring process ids. */
const STRIDE = 97;

let taken = 0;

/** Null when somebody else listens there. */
async function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Listens at the port's twin until this process ends, so that no other process takes the same port meanwhile. */
async function claim(port: number): Promise<boolean> {
  const twin = await listen(port + PORT_COUNT);
  twin?.unref();
  return twin !== null;
}

/**
 * Gives a TCP port on loopback that nobody listens on; never the same one twice, in whatever process, so that the port
 * of a server that was stopped stays free for its return.
 */
export async function takeFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + ((process.pid * STRIDE + taken) % PORT_COUNT);
    taken += 1;
    if ((await claim(port)) && (await isFree(port))) return port;
  }
}
