import { createFakeWorkerStore } from './testing/fake-worker-store';
import { createGate, heldHandler, startWorker, steps } from './testing/start-test-worker';

test('a wake-up leads to a claim, the handler and a report', async () => {
  await using started = await startWorker((context) => ({ sum: (context.getInput<number>('a') ?? 0) + 1 }));
  const [id] = started.store.enqueue('shop', [{ context: { a: 2 }, attempt: 2 }]);
  started.wake();
  await started.store.until(() => started.store.reports.length === 1);
  expect(started.store.reports[0]).toMatchObject([
    { stepUuid: id, attempt: 2, outcome: { kind: 'success', result: { sum: 3 } } },
  ]);
});

test('steps that were there before the start are claimed at the start', async () => {
  const store = createFakeWorkerStore();
  store.enqueue('shop', steps(3));
  await using started = await startWorker(() => null, { store });
  await started.store.until(() => started.store.reports.flat().length === 3);
});

test('steps that end in the same turn of the event loop are reported together', async () => {
  await using started = await startWorker(async () => ({}));
  started.store.enqueue('shop', steps(80));
  started.wake();
  await started.store.until(() => started.store.reports.flat().length === 80);
  expect(started.store.reports).toHaveLength(1);
});

test('steps that end while two reports are in flight go together in the next one', async () => {
  const ends = Array.from({ length: 10 }, () => createGate());
  let next = 0;
  await using started = await startWorker(() => ends[next++]!.promise);
  const open = started.store.hold('report');
  started.store.enqueue('shop', steps(10));
  started.wake();
  await started.store.until(() => next === 10);
  for (const end of ends) {
    end.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  open();
  await started.store.until(() => started.store.reports.flat().length === 10);
  expect(started.store.reports).toHaveLength(3);
});

test('a queue is claimed as long as batches come back full, never beyond the free slots', async () => {
  const held = heldHandler();
  await using started = await startWorker(held.run, { tuning: { maxConcurrent: 4, prefetch: 4 } });
  started.store.enqueue('shop', steps(10));
  started.wake();
  await held.begun;
  expect(started.worker.status()).toMatchObject({ runningCount: 4, waitingCount: 0 });
  held.end.resolve(null);
  await started.store.until(() => started.store.reports.flat().length === 10);
  expect(started.store.claims.every(({ max }) => max <= 8)).toBe(true);
});

test('namespaces that are hungry at the same time share the slots', async () => {
  const held = heldHandler();
  await using started = await startWorker(held.run, {
    namespaces: ['a', 'b'],
    tuning: { maxConcurrent: 4, prefetch: 0 },
  });
  await started.store.until(() => started.store.claims.length === 2);
  started.store.enqueue('a', steps(9));
  started.store.enqueue('b', steps(9));
  await started.clock.advance(10_000);
  await started.store.until(() => started.worker.status().runningCount === 4);
  const claimed = started.store.claims.slice(2).filter(({ given }) => given > 0);
  expect(claimed.map(({ queue, given }) => [queue, given]).sort()).toEqual([
    ['worker_a_queue', 2],
    ['worker_b_queue', 2],
  ]);
  held.end.resolve(null);
  await started.store.until(() => started.store.reports.flat().length === 18);
});

test('an idle worker polls every 1.8 s beside a healthy listener, and every second without one', async () => {
  await using started = await startWorker(() => null);
  await started.store.until(() => started.store.claims.length === 1);
  await started.clock.advance(1_799);
  expect(started.store.claims).toHaveLength(1);
  await started.clock.advance(1);
  await started.store.until(() => started.store.claims.length === 2);
  started.setHealth(false);
  expect(started.worker.status().status).toBe('degraded');
  await started.store.until(() => started.store.claims.length === 3);
  await started.clock.advance(1_000);
  await started.store.until(() => started.store.claims.length === 4);
});

test('a worker that has just heard of work polls every second for a while, should it miss the next wake-up', async () => {
  await using started = await startWorker(() => null);
  await started.store.until(() => started.store.claims.length === 1);
  started.wake('shop');
  await started.store.until(() => started.store.claims.length === 2);
  await started.clock.advance(1_000);
  await started.store.until(() => started.store.claims.length === 3);
  for (let second = 2; second <= 10; second += 1) {
    await started.clock.advance(1_000);
    await started.store.until(() => started.store.claims.length === second + 2);
  }
  await started.clock.advance(1_799);
  expect(started.store.claims).toHaveLength(12);
});

test('Hybrid without the fallback does not poll beside its listener', async () => {
  await using started = await startWorker(() => null, { pollsBesideListener: false });
  await started.store.until(() => started.store.claims.length === 1);
  started.setHealth(false);
  await started.clock.advance(60_000);
  expect(started.store.claims).toHaveLength(1);
});

test('EventDrivenOnly never polls', async () => {
  await using started = await startWorker(() => null, { mode: 'EventDrivenOnly' });
  await started.store.until(() => started.store.claims.length === 1);
  await started.clock.advance(60_000);
  expect(started.store.claims).toHaveLength(1);
});

test('a claim that fails is repeated after a pause', async () => {
  const store = createFakeWorkerStore();
  store.enqueue('shop', steps(1));
  store.failNext('claim', new Error('connection lost'));
  await using started = await startWorker(() => null, { store });
  await started.clock.waitForTimers(3);
  expect(started.worker.status().status).toBe('degraded');
  await started.clock.advance(200);
  await store.until(() => store.reports.length === 1);
  expect(started.worker.status().status).toBe('healthy');
});

test('a handler that is not registered is a permanent failure that lists those that are', async () => {
  await using started = await startWorker(() => null);
  started.store.enqueue('shop', [{ handler: { callable: 'nope', method: null, resolver: null, initialization: {} } }]);
  started.wake();
  await started.store.until(() => started.store.reports.length === 1);
  expect(started.store.reports[0]![0]!.outcome).toMatchObject({
    kind: 'failure',
    error: { errorType: 'handler_not_found', retryable: false, message: expect.stringContaining('work') },
  });
});

describe('reports', () => {
  test('that fail are repeated', async () => {
    await using started = await startWorker(() => 7);
    started.store.failNext('report', new Error('connection lost'));
    started.store.failNext('report', new Error('connection lost'));
    started.store.enqueue('shop', steps(5));
    started.wake();
    await started.clock.waitForTimers(3);
    await started.clock.advance(1_000);
    await started.store.until(() => started.store.reports.length === 1);
    expect(started.store.reports.flat()).toHaveLength(5);
  });

  test('that the database cannot store are found among the others and become permanent failures', async () => {
    await using started = await startWorker(({ inputData }) => inputData);
    const store = started.store;
    const report = store.reportSteps;
    store.reportSteps = async (workerId, reports) => {
      if (JSON.stringify(reports).includes('poison')) {
        throw Object.assign(new Error('invalid text'), { code: '22P05' });
      }
      return report(workerId, reports);
    };
    store.enqueue('shop', [...steps(4), { context: { text: 'poison' } }]);
    started.wake();
    await store.until(() => store.reports.flat().length === 4);
    await started.clock.advance(1_000);
    await store.until(() => store.reports.flat().length === 5);
    expect(store.reports.flat().filter(({ outcome }) => outcome.kind === 'failure')).toMatchObject([
      { outcome: { error: { errorType: 'validation_error', retryable: false } } },
    ]);
  });

  test('hold up claims when too many are outstanding', async () => {
    await using started = await startWorker(() => 1, { tuning: { maxUnreported: 3, prefetch: 0 } });
    const open = started.store.hold('report');
    started.store.enqueue('shop', steps(10));
    started.wake();
    await started.store.until(() => started.worker.status().unreportedCount === 3);
    open();
    await started.store.until(() => started.store.reports.flat().length === 10);
  });
});
