import { runProviderConformance } from './conformance';
import { DriverMissingError } from './errors';
import { type Guard, guardProvider, isProviderOutage } from './guard-provider';
import { MemoryProvider } from './memory/memory-provider';

/** Lets calls through, and counts them, until it is closed. */
function createGuard() {
  const guard = {
    isOpen: true,
    callCount: 0,
    async execute<Value>(call: () => Promise<Value>): Promise<Value> {
      if (!guard.isOpen) throw new Error('refused by the guard');
      guard.callCount += 1;
      return call();
    },
  };
  return guard satisfies Guard;
}

runProviderConformance({
  name: 'a guarded provider',
  create: () => guardProvider(new MemoryProvider(), createGuard()),
  api: { describe, test },
});

test('every verb that asks the broker goes through the guard', async () => {
  const guard = createGuard();
  await using provider = guardProvider(new MemoryProvider(), guard);
  await provider.start();
  await provider.ensureQueues(['orders']);
  await provider.send('orders', 1);
  await provider.sendBatch('orders', [2]);
  const [first, second] = await provider.receive('orders', { max: 2 });
  if (first === undefined || second === undefined) throw new Error('both messages are there');
  await provider.extend([first, second], 60_000);
  await provider.ack([first]);
  await provider.nack([second], { requeueAfterMs: 0 });
  expect(await provider.stats('orders')).toMatchObject({ visibleCount: 1 });
  expect(await provider.listQueues()).toHaveLength(1);
  expect(await provider.health()).toMatchObject({ healthy: true });
  expect(await provider.deleteQueue('orders')).toBe(true);
  expect(guard.callCount).toBe(11);
});

test('what the guard refuses is not done, and what is consumed goes on', async () => {
  const guard = createGuard();
  const inner = new MemoryProvider();
  await using provider = guardProvider(inner, guard);
  await provider.start();
  await provider.ensureQueues(['orders']);
  guard.isOpen = false;
  await expect(provider.send('orders', 'refused')).rejects.toThrow('refused by the guard');
  const handled = new Promise((resolve) => {
    provider.consume(['orders'], async ({ body }) => resolve(body));
  });
  await inner.send('orders', 'sent past the guard');
  expect(await handled).toBe('sent past the guard');
});

test('a refusal and an unhealthy broker are told as such, and the guard sees the latter fail', async () => {
  const guard = createGuard();
  const failures: unknown[] = [];
  const watching: Guard = {
    execute: (call) =>
      guard.execute(call).catch((error: unknown) => {
        failures.push(error);
        throw error;
      }),
  };
  const inner = new MemoryProvider();
  const provider = guardProvider(inner, watching);
  await inner.stop();
  expect(await provider.health()).toEqual(await inner.health());
  expect(failures).toHaveLength(1);
  guard.isOpen = false;
  expect(await provider.health()).toMatchObject({ healthy: false, roundTripMs: null, problem: 'refused by the guard' });
});

test('an outage is whatever neither this package nor the caller has decided', () => {
  expect(isProviderOutage(new Error('connection lost'))).toBe(true);
  expect(isProviderOutage('connection lost')).toBe(true);
  expect(isProviderOutage(new DriverMissingError('amqplib'))).toBe(false);
  expect(isProviderOutage(new DOMException('given up', 'AbortError'))).toBe(false);
});
