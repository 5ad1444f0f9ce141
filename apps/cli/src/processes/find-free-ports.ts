import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { messageOf, usageError } from '../errors';

const LOOPBACK = '127.0.0.1';
/** Below the ports that systems give away: a service listens seconds after its port was found. */
const [FIRST_PORT, LAST_PORT] = [30_000, 32_767];
/** After so many it is not the ports: then the system chooses, or says why it cannot. */
const ATTEMPTS = 100;

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

async function listenSomewhere(): Promise<Server> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const server = await listen(randomInt(FIRST_PORT, LAST_PORT + 1)).catch(() => null);
    if (server !== null) return server;
  }
  return listen(0);
}

/** Gives `count` different ports of the loopback interface that nobody listens on at this moment. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(close));
  return ports;
}

/** Makes sure that a port can be used. @throws {CliError} that names `option`, which chooses another one. */
export async function requireFreePort(port: number, option: string): Promise<void> {
  const server = await listen(port).catch((cause: unknown) => {
    throw usageError(`port ${port} cannot be used (${messageOf(cause)}): choose another one with ${option}`, { cause });
  });
  await close(server);
}
