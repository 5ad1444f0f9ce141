import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createService, delay, type Service, StoppedError } from '@tasker/lifecycle';
import type { Logger, Metrics, Tracing } from '@tasker/telemetry';
import { Router } from 'express';
import { createApp } from './create-app';
import { createHealthRoutes } from './health-routes';
import type { HealthSource } from './health-source';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits';
import { parseBindAddress } from './parse-bind-address';

/** What an HTTP server serves. */
export interface HttpHostOptions {
  /** `host:port`, `[ipv6]:port`; port 0 takes a free one. */
  readonly bind: string;
  /**
   * Express routers without nested ones. Their handlers find the body parsed and checked, and in `response.locals` what
   * {@link RequestLocals} lists; they may throw or reject with any error.
   */
  readonly routes: readonly Router[];
  /** Counts requests, and is served at `/metrics`. */
  readonly metrics: Metrics;
  /** Answers `/health`, `/health/detailed`, `/health/live` and `/health/ready`. */
  readonly health: HealthSource;
  readonly logger: Logger;
  /** Opens a server span for each request but probes and scrapes. @default none */
  readonly tracing?: Tracing | null;
  readonly limits?: Partial<HttpLimits>;
}

/** Where a server listens. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** An HTTP server. `stop` takes no more requests, lets the running ones finish up to a deadline, then ends them. */
export interface HttpHost extends Service {
  /** @throws {Error} before `start` has resolved. */
  readonly address: HttpAddress;
  /** Its base URL, such as `http://127.0.0.1:8080`. @throws {Error} before `start` has resolved. */
  readonly url: string;
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, code: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'REQUEST_TIMEOUT'],
};

/** Answers what is no HTTP at all, which never becomes a request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, code] = CLIENT_ERRORS[error.code ?? ''] ?? ['400 Bad Request', 'INVALID_HTTP'];
  const body = JSON.stringify({ error: { code, message: 'the request is not acceptable HTTP' } });
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`);
}

function createLimitedServer(limits: HttpLimits): Server {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    maxHeaderSize: limits.maxHeaderBytes,
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = limits.maxHeadersCount;
  server.maxConnections = limits.maxConnections;
  server.maxRequestsPerSocket = limits.maxRequestsPerSocket;
  return server.on('clientError', answerClientError);
}

async function closeServer(server: Server, deadlineMs: number, endRequests: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const done = new AbortController();
  const deadline = delay(deadlineMs, { signal: done.signal }).then(
    () => {
      endRequests();
      server.closeAllConnections();
    },
    () => {},
  );
  await closed;
  done.abort();
  await deadline;
}

/** Creates a server for `routes`, health and metrics; it listens from `start` on. */
export function createHttpHost(options: HttpHostOptions): HttpHost {
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const running = new Set<AbortController>();
  const stopRequest = new AbortController();
  const server = createLimitedServer(limits);
  let isStopping = false;
  let address: HttpAddress | null = null;
  const metricsRoutes = Router().get('/metrics', async (_request, response) => {
    response.set('Content-Type', options.metrics.contentType).end(await options.metrics.scrape());
  });
  const app = createApp({
    routes: [...options.routes, createHealthRoutes(options.health, () => isStopping), metricsRoutes],
    metrics: options.metrics,
    logger: options.logger,
    limits,
    isStopping: () => isStopping,
    running,
    stopSignal: stopRequest.signal,
    tracing: options.tracing ?? null,
  });

  const service = createService({
    name: 'HTTP server',
    async start() {
      const { host, port } = parseBindAddress(options.bind);
      server.on('request', app).listen({ host, port });
      await once(server, 'listening');
      const bound = server.address() as AddressInfo;
      address = { host: bound.address, port: bound.port };
      options.logger.info('http server listens', { host: bound.address, port: bound.port });
    },
    async stop() {
      isStopping = true;
      stopRequest.abort(new StoppedError('the HTTP server was stopped'));
      await closeServer(server, limits.stopDeadlineMs, () => {
        const reason = new StoppedError('the HTTP server was stopped and its deadline has passed');
        for (const controller of running) controller.abort(reason);
      });
      options.logger.info('http server stopped');
    },
  });
  function getAddress(): HttpAddress {
    if (address === null) throw new Error('the HTTP server has not been started');
    return address;
  }
  return {
    ...service,
    get address() {
      return getAddress();
    },
    get url() {
      const { host, port } = getAddress();
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    },
  };
}
