import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can turn into a black hole: nothing passes, and nobody is told. */
export interface SilentLink extends AsyncDisposable {
  /** Reaches what the target's URL reaches, over the link. */
  readonly url: string;
  /** Nothing passes any more; new connections are accepted and hear nothing either. */
  goSilent(): void;
  /** New connections pass again; the silent ones stay silent. */
  restore(): void;
}

function relay(inner: Socket, outer: Socket): void {
  inner.pipe(outer);
  outer.pipe(inner);
  inner.on('close', () => outer.destroy());
  outer.on('close', () => inner.destroy());
}

/** Opens a link on a free loopback port to the server of a PostgreSQL URL. */
export async function openSilentLink(targetUrl: string): Promise<SilentLink> {
  const url = new URL(targetUrl);
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let isSilent = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((inner) => {
    keep(inner);
    if (isSilent) return;
    const outer = connect(target);
    keep(outer);
    relay(inner, outer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,

    goSilent() {
      isSilent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },

    restore() {
      isSilent = false;
    },

    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
