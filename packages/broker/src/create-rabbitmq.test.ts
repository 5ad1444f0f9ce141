import { canStartRabbitMqNode, type RabbitMqNode, startRabbitMqNode } from '@tasker/embedded-rabbitmq';
import type { MessagingProvider } from '@tasker/messaging';
import { loadSettings } from '@tasker/settings';
import { createRabbitMq } from './create-rabbitmq';

const problems: string[] = [];
const logger = {
  debug() {},
  info() {},
  warn: (_: string, fields: Record<string, unknown> = {}) => void problems.push(JSON.stringify(fields)),
  error() {},
};

let node: RabbitMqNode;
const opened: MessagingProvider[] = [];

/** A started provider of the settings that these variables give. */
async function open(variables: Readonly<Record<string, string>>): Promise<MessagingProvider> {
  const { settings } = loadSettings({ variables: { RABBITMQ_URL: node.url, ...variables } });
  const provider = createRabbitMq(settings.rabbitmq, 'test', logger);
  opened.push(provider);
  await provider.start();
  return provider;
}

(canStartRabbitMqNode() ? describe : describe.skip)('a provider made of the settings', () => {
  beforeAll(async () => {
    node = await startRabbitMqNode();
  });
  afterAll(async () => {
    await Promise.all(opened.map((provider) => provider.stop()));
    await node?.stop();
  });

  test('installations with other prefixes share a broker without meeting', async () => {
    const ours = await open({ TASKER__rabbitmq__queue_prefix: 'ours' });
    const theirs = await open({ TASKER__rabbitmq__queue_prefix: 'theirs' });
    await ours.ensureQueues(['orders']);
    await theirs.ensureQueues(['orders']);
    await ours.send('orders', 'for us');
    expect(await theirs.receive('orders')).toEqual([]);
    expect((await ours.receive('orders')).map(({ body }) => body)).toEqual(['for us']);
  });

  test('a send is given up after confirm_timeout_ms, and a silent broker after some heartbeat_seconds', async () => {
    // One each: a machine that stalls outlives both, which must not end the other's connection or queue.
    const attentive = await open({ TASKER__rabbitmq__heartbeat_seconds: '1' });
    const hasty = await open({ TASKER__rabbitmq__confirm_timeout_ms: '200' });
    await attentive.ensureQueues(['hasty']);
    // Only what was written is given up by that time-out, so its channel has to be open.
    while (!(await hasty.send('hasty', 'heard').catch(() => false)));
    await node.freeze();
    await expect(hasty.send('hasty', 'unheard')).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('200 ms'),
    });
    while (!problems.some((problem) => /heartbeat/i.test(problem))) await new Promise((done) => setTimeout(done, 50));
    await node.thaw();
  });
});
