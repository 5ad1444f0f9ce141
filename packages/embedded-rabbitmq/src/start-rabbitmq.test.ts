import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { canStartRabbitMqNode, startRabbitMqNode } from './start-node';
import { startRabbitMq } from './start-rabbitmq';

const before = process.env.RABBITMQ_URL;
const path = process.env.PATH;

beforeAll(() => {
  // Without a Docker client there is no engine.
  process.env.PATH = '/nowhere';
});
afterEach(() => {
  if (before === undefined) delete process.env.RABBITMQ_URL;
  else process.env.RABBITMQ_URL = before;
});
afterAll(() => {
  process.env.PATH = path;
});

(canStartRabbitMqNode() ? test : test.skip)('the broker that is given is used, and not stopped', async () => {
  process.env.PATH = path;
  await using node = await startRabbitMqNode();
  process.env.PATH = '/nowhere';
  process.env.RABBITMQ_URL = node.url;
  for (let run = 0; run < 2; run++) {
    const server = await startRabbitMq();
    expect(server).toMatchObject({ url: node.url, description: 'the broker of RABBITMQ_URL' });
    await server.stop();
  }
});

test('a broker that is given but does not answer is an error that names its host and no password', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env.RABBITMQ_URL = `amqp://guest:hidden@127.0.0.1:${port}`;
  const error: Error = await startRabbitMq().then(
    () => new Error('it answered'),
    (problem) => problem,
  );
  server.close();
  expect(error.name).toBe('RabbitMqUnavailableError');
  expect(error.message).toContain('127.0.0.1');
  expect(error.message).not.toContain('hidden');
});
