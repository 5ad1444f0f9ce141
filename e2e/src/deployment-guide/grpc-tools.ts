import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as healthDefinition } from 'grpc-health-check';

/** What a gRPC call gave: its answer, or the code of its error. */
export type GrpcAnswer = { readonly answer: Readonly<Record<string, unknown>> } | { readonly code: number };

type Unary = (request: object, done: (error: ServiceError | null, answer: Record<string, unknown>) => void) => void;

interface ReflectionStream extends NodeJS.EventEmitter {
  write(question: object): boolean;
  end(): void;
}

type Client<Methods> = Methods & { close(): void };

const insecure = () => credentials.createInsecure();

function callOnce(client: Client<Readonly<Record<string, unknown>>>, method: string, request: object) {
  const call = client[method] as Unary;
  return new Promise<GrpcAnswer>((resolve) => {
    call.call(client, request, (error, answer) => resolve(error === null ? { answer } : { code: error.code }));
  }).finally(() => client.close());
}

/** Asks `grpc.health.v1.Health` about a service, as a Kubernetes probe does. */
export function probe(target: string, service: string): Promise<GrpcAnswer> {
  const Health = makeGenericClientConstructor(healthDefinition as never, 'Health');
  return callOnce(new Health(target, insecure()) as never, 'check', { service });
}

/** Calls a method of `tasker.v1.HealthService` by its name, knowing no more than the `.proto` file, as a tool does. */
export function callHealth(target: string, method: string): Promise<GrpcAnswer> {
  const proto = loadSync('tasker/v1/health.proto', {
    keepCase: true,
    includeDirs: [join(__dirname, '..', '..', '..', 'proto')],
  });
  const { tasker } = loadPackageDefinition(proto) as unknown as {
    tasker: { v1: { HealthService: new (target: string, creds: unknown) => never } };
  };
  return callOnce(new tasker.v1.HealthService(target, insecure()), method, {});
}

/** Names of the services that the server tells of by reflection. @throws what the server answers instead */
export async function listServices(target: string): Promise<readonly string[]> {
  const proto = loadSync('reflection/v1/reflection.proto', {
    keepCase: true,
    includeDirs: [join(dirname(require.resolve('@grpc/reflection')), '..', 'proto', 'grpc')],
  });
  const { grpc } = loadPackageDefinition(proto) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: new (target: string, creds: unknown) => never } } };
  };
  const client: Client<{ ServerReflectionInfo(): ReflectionStream }> = new grpc.reflection.v1.ServerReflection(
    target,
    insecure(),
  );
  const stream = client.ServerReflectionInfo();
  try {
    const answer = await new Promise<{ list_services_response: { service: { name: string }[] } }>((resolve, reject) => {
      stream.once('data', resolve);
      stream.on('error', reject);
      stream.write({ list_services: '' });
    });
    return answer.list_services_response.service.map(({ name }) => name).sort();
  } finally {
    stream.end();
    client.close();
  }
}
