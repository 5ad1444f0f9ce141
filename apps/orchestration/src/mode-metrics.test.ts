import type { TaskResponse } from '@tasker/protocol';
import { until } from '@tasker/testing';
import { readSeries } from './testing/read-series';
import { startApi, type TestApi } from './testing/start-api';
import { ORDER } from './testing/templates';

const RESULTS = 2;

/** Runs one task to its end; its two results come one after the other. */
async function runTask(api: TestApi): Promise<void> {
  const { body } = await api.rest('POST', '/v1/tasks', { namespace: 'shop', name: 'order', context: {} });
  const { task_uuid } = body as TaskResponse;
  await until('the task is complete', async () => {
    await api.work();
    return ((await api.rest('GET', `/v1/tasks/${task_uuid}`)).body as TaskResponse).status === 'complete';
  });
}

const untilIs = (api: TestApi, series: string, value: number) =>
  until(`${series} is ${value}`, async () => (await readSeries(api, series)) === value);

const untilExceeds = (api: TestApi, series: string, value: number) =>
  until(`${series} exceeds ${value}`, async () => ((await readSeries(api, series)) ?? 0) > value);

test.each([
  ['Hybrid', 'hybrid'],
  ['EventDrivenOnly', 'event_driven'],
])('%s counts and times what its listener hears, and finds nothing by polling', async (mode, label) => {
  await using api = await startApi([ORDER], {
    variables: {
      TASKER_DEPLOYMENT_MODE: mode,
      // By default a look after a second may come before the notification that a stalled machine holds up.
      TASKER__orchestration__hybrid__polling_interval_ms: '3600000',
    },
  });
  await untilIs(api, `tasker_event_listener_active{mode="${label}"}`, 1);
  const processed = (await readSeries(api, 'tasker_event_processing_duration_seconds_count')) ?? 0;
  await runTask(api);
  // The task is seen to be complete before the answer of the commit that completes it has come.
  await untilExceeds(api, 'tasker_event_notifications_received_total', RESULTS - 1);
  await untilExceeds(api, 'tasker_event_processing_duration_seconds_count', processed);
  expect(await readSeries(api, 'tasker_event_processing_duration_seconds_sum')).toBeGreaterThan(0);
  expect((await readSeries(api, 'tasker_polling_messages_found_total')) ?? 0).toBe(0);
  expect((await readSeries(api, 'tasker_mode_switches_total{mode="hybrid"}')) ?? 0).toBe(0);
});

test('Hybrid counts each hand-over to polling and back, and shows which of them works', async () => {
  await using api = await startApi([ORDER]);
  const fallback = 'tasker_polling_fallback_active{mode="hybrid"}';
  const switches = 'tasker_mode_switches_total{mode="hybrid"}';
  await untilIs(api, fallback, 0);
  expect(await readSeries(api, switches)).toBe(0);
  await api.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'tasker-listener'`,
  );
  await untilIs(api, switches, 2);
  expect(await readSeries(api, fallback)).toBe(0);
  expect(await readSeries(api, 'tasker_listener_reconnections_total')).toBe(1);
  expect(await readSeries(api, 'tasker_event_listener_active{mode="hybrid"}')).toBe(1);
});

test('PollingOnly counts its looks and what they find, and has nothing to tell of events', async () => {
  await using api = await startApi([ORDER], {
    variables: {
      TASKER_DEPLOYMENT_MODE: 'PollingOnly',
      TASKER__orchestration__polling__step_result_poll_interval_ms: '50',
    },
  });
  await runTask(api);
  await untilIs(api, 'tasker_polling_messages_found_total', RESULTS);
  expect(await readSeries(api, 'tasker_polling_messages_processed_total')).toBe(RESULTS);
  const cycles = (await readSeries(api, 'tasker_polling_cycles_total')) ?? 0;
  // It looks again though nothing is there.
  await untilExceeds(api, 'tasker_polling_cycles_total', cycles);
  expect(await readSeries(api, 'tasker_polling_duration_seconds_count')).toBeGreaterThan(cycles);
  expect((await readSeries(api, 'tasker_event_notifications_received_total')) ?? 0).toBe(0);
  expect((await readSeries(api, 'tasker_event_processing_duration_seconds_count')) ?? 0).toBe(0);
  expect(await readSeries(api, 'tasker_event_listener_active{mode="polling"}')).toBeNull();
  expect(await readSeries(api, 'tasker_polling_fallback_active{mode="polling"}')).toBeNull();
});

test('looks that fail are counted as errors', async () => {
  await using api = await startApi([ORDER], {
    variables: {
      TASKER_DEPLOYMENT_MODE: 'PollingOnly',
      TASKER__orchestration__polling__step_result_poll_interval_ms: '50',
      TASKER__orchestration__polling__error_backoff_base_ms: '50',
    },
  });
  await api.pool.query('alter table pgmq.q_orchestration_step_results rename to away');
  await untilExceeds(api, 'tasker_polling_errors_total', 0);
  await api.pool.query('alter table pgmq.away rename to q_orchestration_step_results');
  await runTask(api);
  await untilIs(api, 'tasker_polling_messages_found_total', RESULTS);
});
