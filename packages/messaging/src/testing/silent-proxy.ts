import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can turn into a black hole: connections stay open and nothing passes any more. */
export interface SilentProxy extends AsyncDisposable {
  readonly port: number;
  /** Holds back what flows over the connections that are open now; later ones work. */
  goSilent(): void;
  /** Ends the connections that are open now. */
  cut(): void;
}

/** Starts a proxy on a free loopback port. */
export async function startSilentProxy(target: { host: string; port: number }): Promise<SilentProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    inner.pipe(outer);
    outer.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    goSilent() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
