import type { ClaimedStep } from '@tasker/store';
import { PermanentError, type StepContext } from '@tasker/worker-sdk';
import { createFakeWorkerStore } from './testing/fake-worker-store';
import { createGate, startTestWorker } from './testing/start-test-worker';

function steps(count: number, step: Partial<ClaimedStep> = {}): Partial<ClaimedStep>[] {
  return Array.from({ length: count }, () => step);
}

/** A handler that runs until the test ends it, and says when it has begun. */
function heldHandler() {
  const begun = createGate<StepContext>();
  const end = createGate<unknown>();
  const run = (context: StepContext) => {
    begun.resolve(context);
    return end.promise;
  };
  return { run, begun: begun.promise, end };
}

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

test('an idle worker with a healthy listener polls every ten seconds, one that is not every second', async () => {
  await using started = await startWorker(() => null);
  await started.store.until(() => started.store.claims.length === 1);
  await started.clock.advance(9_999);
  expect(started.store.claims).toHaveLength(1);
  await started.clock.advance(1);
  await started.store.until(() => started.store.claims.length === 2);
  started.setHealth(false);
  expect(started.worker.status().status).toBe('degraded');
  await started.clock.advance(1_000);
  await started.store.until(() => started.store.claims.length === 3);
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

describe('a step whose time is up', () => {
  test('has its signal fired, and its slot freed when the handler ignores that', async () => {
    const held = heldHandler();
    await using started = await startWorker(held.run, { tuning: { maxConcurrent: 1 } });
    started.store.enqueue('shop', [{ timeoutMs: 500 }]);
    started.wake();
    const context = await held.begun;
    expect(context.signal.aborted).toBe(false);
    await started.clock.advance(525);
    expect(context.signal.reason).toMatchObject({ code: 'STEP_TIMEOUT' });
    await started.clock.advance(1_050);
    await started.store.until(() => started.store.reports.length === 1);
    expect(started.store.reports[0]![0]!.outcome).toMatchObject({ error: { errorType: 'timeout', retryable: true } });
    expect(started.worker.status().runningCount).toBe(0);
    held.end.resolve({ late: true });
    await started.clock.advance(1_000);
    expect(started.store.reports).toHaveLength(1);
  });

  test('counts as timed out when its handler gives up because of the signal', async () => {
    const begun = createGate();
    await using started = await startWorker(({ signal }) => {
      begun.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    started.store.enqueue('shop', [{ timeoutMs: 500 }]);
    started.wake();
    await begun.promise;
    await started.clock.advance(525);
    await started.store.until(() => started.store.reports.length === 1);
    expect(started.store.reports[0]![0]!.outcome).toMatchObject({ error: { errorType: 'timeout', retryable: true } });
  });

  test.each([
    ['a success', () => ({ done: true }), { kind: 'success', result: { done: true } }],
    [
      'a permanent failure',
      () => {
        throw new PermanentError('no');
      },
      { kind: 'failure', error: { errorType: 'permanent_error' } },
    ],
  ])('still counts %s within the grace period', async (_, finish, outcome) => {
    const held = heldHandler();
    await using started = await startWorker(async (context) => {
      await held.run(context);
      return finish();
    });
    started.store.enqueue('shop', [{ timeoutMs: 500 }]);
    started.wake();
    await held.begun;
    await started.clock.advance(525);
    held.end.resolve(null);
    await started.store.until(() => started.store.reports.length === 1);
    expect(started.store.reports[0]![0]!.outcome).toMatchObject(outcome);
  });
});

describe('leases', () => {
  test('of all running steps are renewed in one call', async () => {
    const held = heldHandler();
    await using started = await startWorker(held.run);
    const ids = started.store.enqueue('shop', steps(3, { timeoutMs: 600_000 }));
    started.wake();
    await held.begun;
    await started.clock.advance(15_000);
    expect(started.store.renewals).toEqual([ids]);
    await started.clock.advance(60_000);
    expect(started.worker.status().runningCount).toBe(3);
    held.end.resolve(null);
  });

  test('that are lost fire the signal, and the result is not reported', async () => {
    const held = heldHandler();
    await using started = await startWorker(held.run);
    const [id] = started.store.enqueue('shop', steps(1));
    started.wake();
    const context = await held.begun;
    started.store.lost.add(id!);
    await started.clock.advance(15_000);
    expect(context.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    held.end.resolve({});
    await started.clock.advance(1);
    expect(started.store.reports).toEqual([]);
    expect(started.worker.status().runningCount).toBe(0);
  });

  test('that cannot be renewed are lost when they run out', async () => {
    const held = heldHandler();
    await using started = await startWorker(held.run);
    for (let index = 0; index < 20; index += 1) started.store.failNext('renew', new Error('down'));
    started.store.enqueue('shop', steps(1));
    started.wake();
    const context = await held.begun;
    await started.clock.advance(29_000);
    expect(context.signal.aborted).toBe(false);
    await started.clock.advance(6_000);
    expect(context.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    held.end.resolve(null);
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

describe('a worker that stops', () => {
  test('hands back what has not started, lets the others end, and reports them', async () => {
    const held = heldHandler();
    let count = 0;
    const started = await startWorker((context) => (count++ < 60 ? null : held.run(context)), {
      tuning: { maxConcurrent: 1, prefetch: 5 },
    });
    started.store.enqueue('shop', steps(60));
    started.wake();
    await started.store.until(() => started.store.reports.flat().length === 60);
    started.store.enqueue('shop', steps(6));
    started.wake();
    await held.begun;
    expect(started.worker.status()).toMatchObject({ runningCount: 1, waitingCount: 5 });
    const stopped = started.worker.stop();
    await started.store.until(() => started.store.released.length === 5);
    held.end.resolve(null);
    await stopped;
    expect(started.store.reports.flat()).toHaveLength(61);
    expect(started.worker.status().isStopping).toBe(true);
  });

  test('aborts and hands back what does not end in time', async () => {
    const held = heldHandler();
    const started = await startWorker(held.run);
    const [id] = started.store.enqueue('shop', steps(1, { timeoutMs: 600_000 }));
    started.wake();
    const context = await held.begun;
    const stopped = started.worker.stop();
    await started.clock.advance(30_000);
    expect(context.signal.reason).toMatchObject({ code: 'WORKER_STOPPING' });
    await started.clock.advance(1_100);
    await stopped;
    expect(started.store.released).toEqual([id]);
    expect(started.store.reports).toEqual([]);
  });

  test('hands back what a claim in flight brings', async () => {
    const started = await startWorker(() => null);
    await started.store.until(() => started.store.claims.length === 1);
    const open = started.store.hold('claim');
    const ids = started.store.enqueue('shop', steps(2));
    started.wake();
    const stopped = started.worker.stop();
    open();
    await stopped;
    expect(started.store.released).toEqual(ids);
  });

  test('gives up reports that do not get through in time', async () => {
    const started = await startWorker(() => null);
    started.store.hold('report');
    started.store.enqueue('shop', steps(2));
    started.wake();
    await started.store.until(() => started.worker.status().unreportedCount === 2);
    const stopped = started.worker.stop();
    await started.clock.advance(10_000);
    await stopped;
    expect(started.store.reports).toEqual([]);
  });
});

/** As `startTestWorker`; `await using` stops the worker, turning its clock where it waits. */
async function startWorker(...args: Parameters<typeof startTestWorker>) {
  const started = await startTestWorker(...args);
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      const stopped = started.worker.stop();
      await started.clock.advance(60_000);
      await stopped;
    },
  };
}
