import { canStartRabbitMqNode, type RabbitMqNode, startRabbitMqNode } from '@tasker/embedded-rabbitmq';
import { eventually, makeGate } from '../conformance/conformance-case';
import type { Delivery } from '../delivery';
import { startSilentProxy } from '../testing/silent-proxy';
import type { RabbitMqProviderOptions } from './rabbitmq-options';
import { RabbitMqProvider } from './rabbitmq-provider';

/** Only a node of its own may be killed. */
const describeWithNode = canStartRabbitMqNode() ? describe : describe.skip;

let server: RabbitMqNode;

/** A started provider that notes what becomes of its connections. */
async function startObserved(queue: string, options: Partial<RabbitMqProviderOptions> = {}) {
  const lost: string[] = [];
  const reconnected: string[] = [];
  const provider = new RabbitMqProvider({
    url: server.url,
    onLost: ({ connection, problem }) => void lost.push(`${connection}: ${problem}`),
    onConnected: ({ connection, reconnectCount }) => void (reconnectCount > 0 && reconnected.push(connection)),
    ...options,
  });
  await provider.start();
  await provider.ensureQueues([queue]);
  return { provider, lost, reconnected };
}

/** What has the broker hold up the process of a queue. */
function slowDown(queue: string, forMs: number): string {
  return `[Leader] = [Name || Name <- registered(), lists:suffix(".${queue}", atom_to_list(Name))],
    sys:suspend(Leader), timer:sleep(${forMs}), sys:resume(Leader), slowed.`;
}

/** Sends numbered batches until told to stop; gives the numbers that were confirmed. */
async function sendUntil(provider: RabbitMqProvider, queue: string, isOver: () => boolean): Promise<number[]> {
  const confirmed: number[] = [];
  for (let first = 0; !isOver(); first += 50) {
    const numbers = Array.from({ length: 50 }, (_, n) => first + n);
    try {
      await provider.sendBatch(queue, numbers);
      confirmed.push(...numbers);
    } catch (error) {
      expect(error).toMatchObject({ retryable: true });
    }
  }
  return confirmed;
}

describeWithNode('the rabbitmq provider over a broker that fails', () => {
  beforeAll(async () => {
    server = await startRabbitMqNode();
    await using provider = new RabbitMqProvider({ url: server.url });
    await provider.start();
    await provider.ensureQueues(['killed', 'waiting']);
    // RabbitMQ 3.10 stores that a quorum queue is there 500 ms later: killed before, a node does not start it again.
    await server.control('eval', '[ok = dets:sync(Table) || Table <- dets:all()].');
  });

  afterAll(() => server?.stop());

  test('a broker that is killed under load loses no confirmed message; work goes on by itself, and what waited is sent', async () => {
    const queue = 'killed';
    const { provider, lost, reconnected } = await startObserved(queue, { confirmTimeoutMs: 5_000 });
    await using _provider = provider;
    const handled = new Set<number>();
    const handler = async (deliveries: readonly Delivery[]): Promise<void> => {
      for (const { body } of deliveries) handled.add(body as number);
    };
    await using _ = provider.consume([queue], handler, { batch: { maxSize: 20 }, concurrency: 2, prefetch: 100 });
    let over = false;
    const sending = sendUntil(provider, queue, () => over);
    await eventually(() => handled.size > 500, 'under load');
    const { provider: patient } = await startObserved('waiting', { confirmTimeoutMs: 60_000 });
    await using _patient = patient;
    await server.kill();
    const waiting = patient.sendBatch('waiting', [1, 2]);
    const handledBefore = handled.size;
    await eventually(() => lost.length === 2, 'both losses noticed');
    expect(await provider.health()).toMatchObject({ healthy: false });
    await server.restart();
    await eventually(() => handled.size > handledBefore + 500, 'work goes on', 60_000);
    over = true;
    const confirmed = await sending;
    await eventually(() => confirmed.every((number) => handled.has(number)), 'every confirmed message handled', 30_000);
    // A broker that starts may take a connection and lose it again.
    expect([...new Set(reconnected)].sort()).toEqual(['consume', 'publish']);
    const health = await eventually(async () => {
      const now = await provider.health();
      return now.healthy && now;
    }, 'healthy again');
    expect(health.problem).toBeNull();
    await waiting;
    // For the same reason they may have been sent twice.
    const received = await patient.receive('waiting', { max: 1_000 });
    expect([...new Set(received.map(({ body }) => body))]).toEqual([1, 2]);
  });

  test('a queue that is slow to answer its broker is not said to be empty', async () => {
    const { provider } = await startObserved('slow');
    await using _ = provider;
    await provider.send('slow', 1);
    const counts = new Set<number>();
    let isOver = false;
    const slowing = server.control('eval', slowDown('slow', 1_000)).finally(() => {
      isOver = true;
    });
    while (!isOver) counts.add((await provider.stats('slow')).visibleCount);
    expect(await slowing).toContain('slowed');
    expect([...counts]).toEqual([1]);
  });

  test('a frozen broker fails sends in time, is noticed by heartbeats, and is used again when it thaws', async () => {
    const queue = 'frozen';
    const { provider, lost } = await startObserved(queue, { heartbeatSeconds: 3, confirmTimeoutMs: 3_000 });
    await using _provider = provider;
    const seen: unknown[] = [];
    await using _ = provider.consume([queue], async ({ body }) => void seen.push(body));
    // What is sent before its channel is open is given up as not sent.
    await eventually(() => provider.send(queue, 'before').catch(() => null), 'the publishing channel is open');
    await server.freeze();
    try {
      await expect(provider.send(queue, 'while frozen')).rejects.toMatchObject({ code: 'CONFIRM_TIMEOUT' });
      await eventually(() => lost.length >= 2, 'noticed', 60_000);
      expect(lost.join()).toContain('Heartbeat timeout');
      expect(await provider.health()).toMatchObject({ healthy: false });
    } finally {
      await server.thaw();
    }
    await eventually(() => provider.send(queue, 'after').catch(() => null), 'sending again', 60_000);
    await eventually(() => seen.includes('after'), 'consuming again', 60_000);
  });

  test('stop does not wait for a broker that is frozen', async () => {
    const { provider, lost } = await startObserved('frozen_at_stop');
    const seen: unknown[] = [];
    provider.consume(['frozen_at_stop'], async ({ body }) => void seen.push(body));
    await provider.send('frozen_at_stop', 1);
    await eventually(() => seen.length === 1, 'consuming');
    await server.freeze();
    try {
      await provider.stop();
      // It ended before heartbeats could have told it so.
      expect(lost).toEqual([]);
      expect(await provider.health()).toMatchObject({ healthy: false });
    } finally {
      await server.thaw();
    }
  });

  test('a cut connection aborts running handlers, and their messages are handled again', async () => {
    const queue = 'cut';
    const { hostname: host, port, pathname } = new URL(server.url);
    await using proxy = await startSilentProxy({ host, port: Number(port) });
    const url = `amqp://${host}:${proxy.port}${pathname}`;
    const { provider, reconnected } = await startObserved(queue, { url });
    await using _provider = provider;
    const reasons: unknown[] = [];
    const handled: number[] = [];
    const handler = async ({ receiveCount }: Delivery, { signal }: { signal: AbortSignal }): Promise<void> => {
      if (receiveCount === 1) {
        const { opened, open } = makeGate();
        signal.addEventListener('abort', open);
        proxy.cut();
        await opened;
        reasons.push(signal.reason);
      }
      handled.push(receiveCount);
    };
    // Before anybody can cut its connection: what is not confirmed then is sent again.
    await provider.send(queue, 1);
    await using _ = provider.consume([queue], handler);
    await eventually(() => handled.length === 2, 'handled again');
    expect(reasons).toEqual([expect.objectContaining({ code: 'LEASE_LOST' })]);
    expect(handled).toEqual([1, 2]);
    await eventually(async () => (await provider.stats(queue)).invisibleCount === 0, 'acked');
    expect(reconnected).toContain('consume');
  });

  test('a late ack of what a lost connection had delivered counts as nothing', async () => {
    const { hostname: host, port, pathname } = new URL(server.url);
    await using proxy = await startSilentProxy({ host, port: Number(port) });
    const { provider } = await startObserved('late', { url: `amqp://${host}:${proxy.port}${pathname}` });
    await using _ = provider;
    await provider.send('late', 1);
    const late = await provider.receive('late');
    proxy.cut();
    const [again] = await eventually(async () => {
      const list = await provider.receive('late').catch(() => []);
      return list.length > 0 ? list : null;
    }, 'delivered again');
    expect(await provider.ack(late)).toBe(0);
    expect(await provider.nack(late, { deadLetter: 'late' })).toBe(0);
    expect(again?.receiveCount).toBe(2);
    expect(await provider.ack(again ? [again] : [])).toBe(1);
  });
});
