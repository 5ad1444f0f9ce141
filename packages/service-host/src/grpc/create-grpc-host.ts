import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createService, delay, type Service, StoppedError } from '@tasker/lifecycle';
import type { Logger, Metrics, Tracing } from '@tasker/telemetry';
import type { HealthSource } from '../health-source';
import { parseBindAddress } from '../parse-bind-address';
import { DEFAULT_GRPC_LIMITS, type GrpcLimits } from './grpc-limits';
import { type GrpcService, serviceNameOf } from './grpc-service';
import { reflectServices } from './reflect-services';
import { type ServeDeps, serveMethods } from './serve-method';
import { createServingStatus } from './serving-status';

/** What a gRPC server serves. */
export interface GrpcHostOptions {
  /** `host:port`, `[ipv6]:port`; port 0 takes a free one. */
  readonly bind: string;
  readonly services: readonly GrpcService[];
  /** Answers `grpc.health.v1.Health` for the server and each of its services; null leaves that service out. */
  readonly health: Pick<HealthSource, 'isReady'> | null;
  /** Serves the descriptions of the services to tools such as grpcurl. */
  readonly reflection: boolean;
  /** Counts calls. */
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Opens a server span for each call that gets one answer, but those of health. @default none */
  readonly tracing?: Tracing | null;
  readonly limits?: Partial<GrpcLimits>;
}

/** A gRPC server. `stop` takes no more calls, ends streams, lets the rest finish up to a deadline, then ends them. */
export interface GrpcHost extends Service {
  /** `host:port`, as clients dial it. @throws {Error} before `start` has resolved. */
  readonly target: string;
}

function createLimitedServer(limits: GrpcLimits): Server {
  return new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    'grpc.keepalive_time_ms': limits.keepaliveIntervalMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
  });
}

function addServices(
  server: Server,
  options: GrpcHostOptions,
  limits: GrpcLimits,
  deps: ServeDeps,
  isStopping: () => boolean,
) {
  const serviceNames = options.services.map(serviceNameOf);
  const { health } = options;
  const services =
    health === null
      ? options.services
      : [
          ...options.services,
          createServingStatus({ health, isStopping, serviceNames, intervalMs: limits.healthIntervalMs }),
        ];
  for (const service of services) {
    const { definition, handlers } = serveMethods(service, deps);
    server.addService(definition, handlers);
  }
  if (options.reflection) reflectServices(server, services.map(serviceNameOf));
}

function abortAll(calls: Iterable<AbortController>, message: string): void {
  const reason = new StoppedError(message);
  for (const controller of calls) controller.abort(reason);
}

async function closeServer(server: Server, deadlineMs: number, endCalls: () => void): Promise<void> {
  const done = new AbortController();
  const deadline = delay(deadlineMs, { signal: done.signal }).then(
    () => {
      endCalls();
      server.forceShutdown();
    },
    () => {},
  );
  await promisify(server.tryShutdown.bind(server))();
  done.abort();
  await deadline;
}

const format = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Creates a server for `services`; it listens from `start` on. */
export function createGrpcHost(options: GrpcHostOptions): GrpcHost {
  const { logger, metrics, tracing = null } = options;
  const limits: GrpcLimits = { ...DEFAULT_GRPC_LIMITS, ...options.limits };
  const deps: ServeDeps = { metrics, logger, tracing, running: new Set(), streaming: new Set() };
  const server = createLimitedServer(limits);
  let isStopping = false;
  let target: string | null = null;
  addServices(server, options, limits, deps, () => isStopping);

  const service = createService({
    name: 'gRPC server',
    async start() {
      const { host, port } = parseBindAddress(options.bind);
      const bound = await new Promise<number>((resolve, reject) => {
        server.bindAsync(format(host, port), ServerCredentials.createInsecure(), (error, boundPort) => {
          if (error === null) resolve(boundPort);
          else reject(new Error(`gRPC cannot listen on ${options.bind}: ${error.message}`, { cause: error }));
        });
      });
      target = format(host, bound);
      logger.info('grpc server listens', { host, port: bound });
    },
    async stop() {
      isStopping = true;
      abortAll(deps.streaming, 'the gRPC server was stopped');
      await closeServer(server, limits.stopDeadlineMs, () => {
        abortAll(deps.running, 'the gRPC server was stopped and its deadline has passed');
      });
      logger.info('grpc server stopped');
    },
  });
  return {
    ...service,
    get target() {
      if (target === null) throw new Error('the gRPC server has not been started');
      return target;
    },
  };
}
