import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { findPrograms } from './find-server';
import { canStartRabbitMqNode, type RabbitMqNode, startRabbitMqNode } from './start-node';

const testWithNode = canStartRabbitMqNode() ? test : test.skip;

let node: RabbitMqNode;
beforeAll(async () => {
  node = await startRabbitMqNode();
});
afterAll(() => node.stop());

async function open(): Promise<ChannelModel> {
  const connection = await connect(node.url);
  // What the broker does to it is what the tests are about.
  connection.on('error', () => {});
  return connection;
}

const DURABLE = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

/** Asks again on a new connection while the queue's leader is being elected. */
async function take(queue: string): Promise<string | null> {
  for (;;) {
    const connection = await open();
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      const message = await channel.get(queue, { noAck: true });
      await connection.close();
      return message === false ? null : message.content.toString();
    } catch {
      await connection.close().catch(() => {});
    }
  }
}

/** The processes that have this text in their environment. */
function processesWith(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}

/** Who was killed may live a moment longer. */
async function untilNobodyHas(text: string): Promise<void> {
  while (processesWith(text).length > 0) await delay(100);
}

testWithNode('a confirmed message survives that its broker is killed and started again', async () => {
  const connection = await open();
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('survivors', DURABLE);
  channel.sendToQueue('survivors', Buffer.from('here'), { persistent: true });
  await channel.waitForConfirms();
  // Release 3.10 writes down which queues there are every half second, or when told to.
  await node.control('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
  await node.kill();
  await expect(connect(node.url)).rejects.toThrow();
  await node.restart();
  expect(await take('survivors')).toBe('here');
});

testWithNode('a frozen broker answers nobody until it is thawed', async () => {
  const connection = await open();
  const channel = await connection.createChannel();
  await channel.assertQueue('frozen', DURABLE);
  await node.freeze();
  let hasAnswered = false;
  const answer = channel.checkQueue('frozen').then(() => {
    hasAnswered = true;
  });
  await expect(connect(node.url, { timeout: 500 })).rejects.toThrow();
  expect(hasAnswered).toBe(false);
  await node.thaw();
  await answer;
  await connection.close();
});

testWithNode('a node that is dead may be killed again, and one that runs may be restarted', async () => {
  await node.kill();
  await node.kill();
  await node.restart();
  await node.restart();
  const connection = await open();
  await connection.close();
});

testWithNode(
  'a node is controlled while it runs, and blocks who publishes once its memory is said to be full',
  async () => {
    const connection = await open();
    const blocked = new Promise((resolve) => connection.once('blocked', resolve));
    const unblocked = new Promise((resolve) => connection.once('unblocked', resolve));
    const channel = await connection.createChannel();
    await node.control('set_vm_memory_high_watermark', '0.00001');
    // Only who publishes after the connection has heard of the alarm is blocked.
    const publishing = setInterval(() => channel.sendToQueue('nowhere', Buffer.from('here')), 50);
    await blocked.finally(() => clearInterval(publishing));
    await node.control('set_vm_memory_high_watermark', '0.5');
    await unblocked;
    await connection.close();
  },
);

testWithNode('a node takes settings', async () => {
  await using configured = await startRabbitMqNode({ settings: { channel_max: '7' } });
  const connection = await connect(configured.url);
  expect((connection.connection as unknown as { channelMax: number }).channelMax).toBe(7);
  await connection.close();
});

testWithNode('two nodes do not meet, and stopping one leaves no process and no file of it', async () => {
  const other = await startRabbitMqNode();
  expect(other.port).not.toBe(node.port);
  const variable = `RABBITMQ_NODE_PORT=${other.port}\0`;
  if (process.platform === 'linux') expect(processesWith(variable)).not.toEqual([]);
  await other.stop();
  await other.stop();
  if (process.platform === 'linux') await untilNobodyHas(variable);
  const connection = await open();
  await connection.close();
});

testWithNode('a node ends with the process that has started it, however that ends', async () => {
  const script = `
    const { startRabbitMqNode } = require(${JSON.stringify(`${__dirname}/../dist`)});
    startRabbitMqNode().then(({ port }) => {
      process.stdout.write(String(port), () => process.kill(process.pid, 'SIGKILL'));
    });`;
  const port = (() => {
    try {
      return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  })();
  expect(port).toMatch(/^\d+$/);
  await untilNobodyHas(`RABBITMQ_NODE_PORT=${port}\0`);
});

testWithNode('the programs of an installed server are found', () => {
  const programs = findPrograms();
  expect(existsSync(programs?.server ?? '')).toBe(true);
  expect(existsSync(programs?.mapper ?? '')).toBe(true);
});
