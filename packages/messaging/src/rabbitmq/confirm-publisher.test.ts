import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { type ChannelModel, connect } from 'amqplib';
import { silentLogger } from '../logger';
import { uniquePrefix } from '../testing/test-broker-provider';
import { ConfirmPublisher } from './confirm-publisher';
import { encodeOutgoing } from './message-codec';

const broker = testBrokerUrl();
const there = `${uniquePrefix()}.there`;
const describeWithBroker = broker === null ? describe.skip : describe;

let connection: ChannelModel;

function makePublisher(timeoutMs: number): ConfirmPublisher {
  const publisher = new ConfirmPublisher({
    window: 10,
    timeoutMs,
    logger: silentLogger,
    connectionProblem: () => null,
  });
  publisher.use(connection);
  return publisher;
}

const messagesFor = (...addresses: string[]) => addresses.map((address) => encodeOutgoing(address, '1', undefined));

describeWithBroker('the publisher', () => {
  beforeAll(async () => {
    connection = await connect(broker ?? '');
    const channel = await connection.createChannel();
    await channel.assertQueue(there, { durable: true });
  });

  afterAll(async () => {
    const channel = await connection.createChannel();
    await channel.deleteQueue(there);
    await connection.close();
  });

  test('the messages that no queue takes are told by their place', async () => {
    const publisher = makePublisher(10_000);
    expect(await publisher.publish('q', messagesFor(there, 'nowhere', there, 'nowhere'))).toEqual([1, 3]);
    expect(await publisher.publish('q', messagesFor(there))).toEqual([]);
  });

  test('nothing is written while the broker blocks, for as long as a send may take', async () => {
    const publisher = makePublisher(50);
    publisher.setBlocked('low on memory');
    expect(publisher.problem).toContain('low on memory');
    await expect(publisher.publish('q', messagesFor(there))).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('low on memory'),
    });
  });

  test('what waits while the broker blocks goes out when it no longer does', async () => {
    const publisher = makePublisher(10_000);
    publisher.setBlocked('low on memory');
    const published = publisher.publish('q', messagesFor(there, 'nowhere'));
    publisher.setBlocked(null);
    expect(await published).toEqual([1]);
  });

  test('headers that do not fit into AMQP are refused, and what comes after is sent', async () => {
    const publisher = makePublisher(10_000);
    const [fitting] = messagesFor(there);
    const large = encodeOutgoing(there, '1', { large: 'x'.repeat(70_000) });
    await expect(publisher.publish('q', [large])).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    expect(await publisher.publish('q', fitting ? [fitting] : [])).toEqual([]);
  });

  test('stop ends what is still waiting', async () => {
    const publisher = makePublisher(10_000);
    publisher.setBlocked('low on memory');
    const published = publisher.publish('q', messagesFor(there));
    const failed = expect(published).rejects.toThrow('enough');
    await publisher.stop(new Error('enough'));
    await failed;
  });
});
