import { startTestBroker } from './test-broker';

// A machine without RabbitMQ, whatever this one has.
jest.mock('./find-server', () => ({ findPrograms: () => null, canInstall: () => false }));

const before = { ...process.env };
beforeEach(() => {
  // Without a Docker client there is no engine.
  process.env.PATH = '/nowhere';
  delete process.env.RABBITMQ_URL;
  delete process.env.CI;
});
afterAll(() => {
  process.env = before;
});

test('a run without a broker is told what is skipped, and what would help', async () => {
  const { url, description } = await startTestBroker();
  expect(url).toBe('');
  expect(description).toMatch(
    /^NONE, ALL SUITES THAT NEED A BROKER ARE SKIPPED\. RabbitMQ is not installed: install it/,
  );
});

test('where nothing may be skipped, a run without a broker fails', async () => {
  process.env.CI = 'true';
  await expect(startTestBroker()).rejects.toThrow('RabbitMQ is not installed');
});

test('a run with a broker that is not its own to kill is told so, and fails where nothing may be skipped', async () => {
  // Over TLS it is not asked for a sign of life.
  process.env.RABBITMQ_URL = 'amqps://127.0.0.1:1';
  expect((await startTestBroker()).description).toMatch(
    /^the broker of RABBITMQ_URL; SUITES THAT KILL A BROKER NEED ONE OF THEIR OWN, AND ARE SKIPPED\. RabbitMQ is not installed/,
  );
  process.env.CI = 'true';
  await expect(startTestBroker()).rejects.toThrow('NEED ONE OF THEIR OWN');
});
