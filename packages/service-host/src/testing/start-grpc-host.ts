import { Client, credentials } from '@grpc/grpc-js';
import { HealthServiceService, TaskServiceService } from '@tasker/protocol/grpc';
import { createMetrics, type Metrics } from '@tasker/telemetry';
import { createGrpcHost, type GrpcHost, type GrpcHostOptions } from '../grpc/create-grpc-host';
import { defineGrpcService, type GrpcMethods } from '../grpc/grpc-service';

/** A started server with a client and what a test looks at. */
export interface TestGrpcHost extends AsyncDisposable {
  readonly host: GrpcHost;
  readonly client: Client;
  readonly metrics: Metrics;
  /** Messages and fields of all warnings and errors. */
  readonly complaints: [string, Record<string, unknown> | undefined][];
}

/** What a test serves. */
export interface TestGrpcServices extends Partial<Omit<GrpcHostOptions, 'services'>> {
  readonly tasks?: Partial<GrpcMethods<TaskServiceService>>;
}

/** Starts a server of the task service with the methods of the test, and of a health service that is alive. */
export async function startGrpcHost({ tasks = {}, ...options }: TestGrpcServices = {}): Promise<TestGrpcHost> {
  const metrics = createMetrics({ processMetrics: false });
  const complaints: TestGrpcHost['complaints'] = [];
  const complain = (message: string, fields?: Record<string, unknown>) => complaints.push([message, fields]);
  const host = createGrpcHost({
    bind: '127.0.0.1:0',
    services: [
      defineGrpcService(TaskServiceService, tasks),
      defineGrpcService(HealthServiceService, { checkLiveness: async () => ({ status: 'alive', timestamp: '' }) }),
    ],
    metrics,
    health: { isReady: async () => true },
    reflection: false,
    logger: { debug: () => {}, info: () => {}, warn: complain, error: complain },
    ...options,
  });
  await host.start();
  const client = new Client(host.target, credentials.createInsecure());
  return {
    host,
    client,
    metrics,
    complaints,
    async [Symbol.asyncDispose]() {
      client.close();
      await host.stop();
    },
  };
}
