import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { startGrpcHost, type TestGrpcHost } from '../testing/start-grpc-host';

interface Reflection {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
  readonly error_response?: { readonly error_code: number };
}

interface ReflectionClient {
  ServerReflectionInfo(): NodeJS.ReadWriteStream & { write(request: object): boolean };
  close(): void;
}

/** Asks the server one question, as a tool does. */
async function ask(server: TestGrpcHost, question: object): Promise<Reflection> {
  const proto = loadSync('reflection/v1/reflection.proto', {
    keepCase: true,
    includeDirs: [join(dirname(require.resolve('@grpc/reflection')), '..', 'proto', 'grpc')],
  });
  const { grpc } = loadPackageDefinition(proto) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: new (target: string, creds: unknown) => ReflectionClient } } };
  };
  const client = new grpc.reflection.v1.ServerReflection(server.host.target, credentials.createInsecure());
  const stream = client.ServerReflectionInfo();
  try {
    return await new Promise((resolve, reject) => {
      stream.once('data', (answer) => resolve(answer as unknown as Reflection));
      stream.once('error', reject);
      stream.write(question);
    });
  } finally {
    stream.on('error', () => {});
    stream.end();
    client.close();
  }
}

test('a tool learns which services there are, and only of those that are served', async () => {
  await using server = await startGrpcHost({ reflection: true });
  const { list_services_response } = await ask(server, { list_services: '' });
  expect(list_services_response?.service.map(({ name }) => name).sort()).toEqual([
    'grpc.health.v1.Health',
    'tasker.v1.HealthService',
    'tasker.v1.TaskService',
  ]);
});

test.each(['tasker.v1.TaskService', 'grpc.health.v1.Health', 'tasker.v1.Task'])('%s is described', async (symbol) => {
  await using server = await startGrpcHost({ reflection: true });
  const { file_descriptor_response } = await ask(server, { file_containing_symbol: symbol });
  expect(file_descriptor_response?.file_descriptor_proto.length).toBeGreaterThan(0);
});

test('a server without reflection says that it has none', async () => {
  await using server = await startGrpcHost({ reflection: false });
  await expect(ask(server, { list_services: '' })).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
});
