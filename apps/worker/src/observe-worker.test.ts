import { createMetrics, type Logger } from '@tasker/telemetry';
import { observeHeldSteps, observeWorker } from './observe-worker';
import { observeWorkerStore } from './observe-worker-store';
import { createFakeWorkerStore } from './testing/fake-worker-store';
import { heldHandler, startWorker, steps } from './testing/start-test-worker';

function createObserved(mode: 'Hybrid' | 'PollingOnly' = 'Hybrid') {
  const metrics = createMetrics({ processMetrics: false, process: 'worker' });
  const lines: { message: string; fields: Record<string, unknown> }[] = [];
  const log = (message: string, fields: Record<string, unknown> = {}) => void lines.push({ message, fields });
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const store = createFakeWorkerStore();
  const observer = observeWorker(metrics, logger, mode);
  return { metrics, lines, store, observer, observedStore: observeWorkerStore(metrics, store) };
}

test('a step that a notification told of is counted from its discovery to its report', async () => {
  const { metrics, store, observer } = createObserved();
  await using started = await startWorker(() => null, { store, observer });
  store.enqueue('shop', steps(3));
  started.wake();
  await store.until(() => store.reports.flat().length === 3);
  const text = await metrics.scrape();
  expect(text).toContain('tasker_claim_batch_size_sum 3');
  expect(text).toContain('tasker_step_discovery_duration_seconds_count 1');
  expect(text).toContain('tasker_event_processing_duration_seconds_count 1');
  expect(text).toContain('tasker_step_executions_total{namespace="shop",outcome="success"} 3');
  expect(text).toContain('tasker_step_execution_duration_seconds_count{namespace="shop",handler="work"} 3');
  expect(text).toContain('tasker_polling_cycles_total 0');
});

test('the discovery of a step includes its wait for a free slot', async () => {
  const { metrics, store, observer } = createObserved();
  const held = heldHandler();
  await using started = await startWorker(held.run, { store, observer, tuning: { maxConcurrent: 1, prefetch: 0 } });
  store.enqueue('shop', steps(2));
  started.wake();
  await held.begun;
  started.wake();
  await started.clock.advance(3_000);
  held.end.resolve(null);
  await store.until(() => store.reports.flat().length === 2);
  expect(await metrics.scrape()).toContain('tasker_step_discovery_duration_seconds_sum 3\n');
});

test('polls are counted with what they find and whether they fail', async () => {
  const { metrics, store, observer } = createObserved('PollingOnly');
  await using started = await startWorker(() => null, { store, observer, mode: 'PollingOnly' });
  await store.until(() => store.claims.length === 1);
  store.enqueue('shop', steps(2));
  await started.clock.advance(1_000);
  await store.until(() => store.reports.flat().length === 2);
  store.failNext('claim', new Error('no database'));
  await started.clock.advance(1_000);
  const text = await metrics.scrape();
  expect(text).toContain('tasker_polling_messages_found_total 2');
  expect(text).toContain('tasker_polling_messages_processed_total 2');
  expect(text).toContain('tasker_polling_errors_total 1');
  expect(text).toContain('tasker_step_discovery_duration_seconds_count 1');
});

test('a failed attempt is counted as an error, and logged with all that names the step', async () => {
  const { metrics, lines, store, observer } = createObserved();
  await using started = await startWorker(() => Promise.reject(new Error('no stock')), { store, observer });
  const [id] = store.enqueue('shop', [{ correlationId: 'order-7', attempt: 2 }]);
  started.wake();
  await store.until(() => store.reports.flat().length === 1);
  expect(await metrics.scrape()).toContain('tasker_step_errors_total{namespace="shop"} 1');
  expect(lines.find(({ message }) => message === 'step failed')?.fields).toMatchObject({
    stepId: id,
    correlationId: 'order-7',
    attempt: 2,
    error: 'no stock',
  });
});

test('renewed and lost leases, reports and refusals are counted', async () => {
  const { metrics, store, observer, observedStore } = createObserved();
  const held = heldHandler();
  await using started = await startWorker(held.run, { store, observer });
  const [id] = store.enqueue('shop', steps(1));
  started.wake();
  await held.begun;
  if (id === undefined) throw new Error('nothing was enqueued');
  const name = { stepUuid: id, attempt: 1 };
  await observedStore.renewLeases('w1', [name], 30_000);
  const outcome = { kind: 'success', result: null, metadata: {} } as const;
  store.refused.add(id);
  await observedStore.reportSteps('w1', [{ ...name, outcome, executionMs: 1 }]);
  store.lost.add(id);
  await started.clock.advance(15_000);
  await store.until(() => store.renewals.length === 2);
  const text = await metrics.scrape();
  expect(text).toContain('tasker_leases_renewed_total 1');
  expect(text).toContain('tasker_leases_lost_total{namespace="shop"} 1');
  expect(text).toContain('tasker_reports_refused_total 1');
  expect(text).toContain('tasker_report_batch_size_sum 1');
  expect(text).toContain('tasker_report_duration_seconds_count 1');
});

test('what a worker holds is shown as it is at the scrape', async () => {
  const { metrics, store } = createObserved();
  const held = heldHandler();
  await using started = await startWorker(held.run, { store, tuning: { maxConcurrent: 2, prefetch: 5 } });
  observeHeldSteps(metrics, 2, started.worker.status);
  store.enqueue('shop', steps(1));
  started.wake();
  await held.begun;
  const text = await metrics.scrape();
  expect(text).toContain('tasker_handlers_max 2');
  expect(text).toContain('tasker_handlers_running 1');
  expect(text).toContain('tasker_steps_waiting 0');
  expect(text).toContain('tasker_steps_unreported 0');
  expect(text).toContain('tasker_leases_held 1');
});

test('in Hybrid the fallback follows what is said of the listener, a late one included', async () => {
  const { metrics, observer, lines } = createObserved();
  const state = { channelCount: 1, reconnectCount: 0, lastNotificationAt: null, roundTripMs: null, heardUntilMs: null };
  observer.onListenerState({ ...state, healthy: true, problem: null });
  observer.onModeSwitch('events');
  observer.onModeSwitch('polling');
  expect(await metrics.scrape()).toContain('tasker_mode_switches_total{mode="hybrid"} 1');
  observer.onListenerState({ ...state, healthy: false, problem: new Error('gone') });
  const text = await metrics.scrape();
  expect(text).toContain('tasker_event_listener_active{mode="hybrid"} 0');
  expect(text).toContain('tasker_polling_fallback_active{mode="hybrid"} 1');
  expect(text).toContain('tasker_mode_switches_total{mode="hybrid"} 1');
  expect(lines.map(({ message }) => message)).toEqual(['listening for steps', 'listener lost']);
});
