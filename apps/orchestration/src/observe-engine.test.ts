import type { Advance, OrchestrationStore } from '@tasker/store';
import { createMetrics, type Logger } from '@tasker/telemetry';
import type { TaskId } from '@tasker/workflow';
import { createExecutorPools } from './engine/executor-pools';
import { observeEngine, observeExecutorPools, observeStore } from './observe-engine';

function start() {
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const metrics = createMetrics({ processMetrics: false, process: 'orchestration' });
  return { metrics, lines, observer: observeEngine(metrics, logger, 'Hybrid') };
}

const listener = (healthy: boolean, problem: Error | null = null) => ({
  healthy,
  problem,
  channelCount: 1,
  reconnectCount: 0,
  lastNotificationAt: null,
  roundTripMs: null,
  heardUntilMs: null,
});

test('results, retries, settled tasks and repairs are counted by what became of them', async () => {
  const { metrics, observer } = start();
  observer.onResults(3, 1);
  observer.onDeadLettered(['broken', 'broken']);
  observer.onRetryScheduled('shop', 100);
  observer.onSettled({ taskUuid: 't' as TaskId, namespace: 'shop', state: 'complete' });
  observer.onRecovery({ retried: 2, decided: 1, nextDueMs: null });
  const text = await metrics.scrape();
  expect(text).toContain('tasker_results_processed_total{outcome="completed"} 3');
  expect(text).toContain('tasker_results_processed_total{outcome="failed"} 1');
  expect(text).toContain('tasker_results_processed_total{outcome="dead_lettered"} 2');
  expect(text).toContain('tasker_step_retries_total{namespace="shop"} 1');
  expect(text).toContain('tasker_tasks_finished_total{namespace="shop",state="complete"} 1');
  expect(text).toContain('tasker_recovery_actions_total{kind="retry_enqueued"} 2');
  expect(text).toContain('tasker_recovery_actions_total{kind="lease_recovered"} 1');
});

test('the listener is logged when it changes, not when it repeats itself', () => {
  const { observer, lines } = start();
  observer.onListenerState(listener(true));
  observer.onListenerState(listener(true));
  observer.onListenerState(listener(false, new Error('gone')));
  expect(lines).toEqual(['listening for notifications', 'listener lost']);
});

test('the engine can tell of modes, events and polling', async () => {
  const { metrics, observer } = start();
  observer.onListenerState(listener(true));
  observer.onModeSwitch('events');
  observer.onModeSwitch('polling');
  observer.onPollingCycle({ found: 1, processed: 1, durationMs: 2, isFailed: false });
  const text = await metrics.scrape();
  expect(text).toContain('tasker_event_listener_active{mode="hybrid"} 1');
  expect(text).toContain('tasker_polling_fallback_active{mode="hybrid"} 1');
  expect(text).toContain('tasker_mode_switches_total{mode="hybrid"} 1');
  expect(text).toContain('tasker_polling_messages_found_total 1');
});

test('each transaction that applies results is measured, also one that fails; only those with results count as batches', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const advance: Advance = { taken: 4, completed: 4, settled: [], undecided: [], deadLettered: [] };
  const store = observeStore(metrics, {
    advanceResults: async (max: number) => ({ ...advance, taken: max }),
    advanceResultsSingly: () => Promise.reject(new Error('no database')),
  } as unknown as OrchestrationStore);
  expect((await store.advanceResults(4)).taken).toBe(4);
  await store.advanceResults(0);
  await expect(store.advanceResultsSingly(4)).rejects.toThrow('no database');
  const text = await metrics.scrape();
  expect(text).toContain('tasker_advance_duration_seconds_count 3');
  expect(text).toContain('tasker_advance_batch_size_count 1');
  expect(text).toContain('tasker_advance_batch_size_sum 4');
});

test('executor pools are shown as they are at the scrape', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const sizes = { min_executors: 1, max_executors: 10, queue_high_watermark: 9, queue_low_watermark: 1 };
  const pools = createExecutorPools({ task_initializer: sizes, result_processor: sizes, step_enqueuer: sizes });
  observeExecutorPools(metrics, pools);
  pools.task_initializer.noteDepth(5);
  void pools.task_initializer.run(() => new Promise(() => {}));
  const text = await metrics.scrape();
  expect(text).toContain('tasker_executor_pool_active{pool="task_initializer"} 1');
  expect(text).toContain('tasker_executor_pool_max{pool="task_initializer"} 10');
  expect(text).toContain('tasker_executor_pool_queue_depth{pool="task_initializer"} 5');
});
