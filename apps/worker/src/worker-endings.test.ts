import { PermanentError } from '@tasker/worker-sdk';
import type { TaskId } from '@tasker/workflow';
import { createGate, heldHandler, startWorker, steps } from './testing/start-test-worker';

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

  test('are asked about at once when somebody says that they may be gone', async () => {
    const held = heldHandler();
    await using started = await startWorker(held.run);
    const taskUuid = '0190a000-0000-7000-8000-000000000000' as TaskId;
    const [id] = started.store.enqueue('shop', steps(1, { taskUuid }));
    started.wake();
    const context = await held.begun;
    started.store.lost.add(id!);
    started.tellLeaseLost('0190a000-0000-7000-8000-000000100000' as TaskId);
    await started.clock.advance(1);
    expect(context.signal.aborted).toBe(false);
    started.tellLeaseLost(taskUuid);
    await started.clock.advance(1);
    expect(context.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    held.end.resolve(null);
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
