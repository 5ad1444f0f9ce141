import { createMetrics } from './create-metrics';
import type { MetricDefinition } from './metric-definition';
import { metricTable } from './metric-table';

const definitions = Object.entries<MetricDefinition>(metricTable);
/** Named by the deployment guide, whose dashboards and alerts ask for it. */
const NOT_IN_SECONDS = ['tasker_event_listener_lag_ms'];

test.each(definitions)('%s follows the rules of names, help and labels', (name, definition) => {
  expect(name).toMatch(/^tasker_[a-z]+(_[a-z]+)*$/);
  expect(name.endsWith('_total')).toBe(definition.kind === 'counter');
  if (!NOT_IN_SECONDS.includes(name)) expect(name).not.toMatch(/_(ms|milliseconds|count|sum|bucket|info)$/);
  if (name.includes('duration'))
    expect([definition.kind, name]).toEqual(['histogram', expect.stringMatching(/_seconds$/)]);
  expect(definition.help).toMatch(/^[A-Z0-9].*\.$/);
  expect(definition.labels).toEqual([...new Set(definition.labels)]);
  for (const label of definition.labels) {
    expect(label).toMatch(/^[a-z_]+$/);
    expect(label).not.toMatch(/(^|_)(id|uuid|correlation|task|step)(_|$)/);
  }
  const buckets = [...(definition.buckets ?? [])];
  expect(buckets.length > 0).toBe(definition.kind === 'histogram');
  expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
});

test('every metric of the table is in a scrape', async () => {
  const text = await createMetrics({ processMetrics: false }).scrape();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]);
  expect(names.toSorted()).toEqual(definitions.map(([name, { kind }]) => [name, kind]).toSorted());
});

test('counters, gauges and histograms move as they are told', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.increment('tasker_tasks_created_total', { namespace: 'payments' });
  metrics.increment('tasker_tasks_created_total', { namespace: 'payments' }, 4);
  metrics.set('tasker_event_listener_active', { mode: 'hybrid' }, 1);
  metrics.observe('tasker_step_execution_duration_seconds', { namespace: 'payments', handler: 'charge' }, 0.2);
  const text = await metrics.scrape();
  expect(text).toContain('tasker_tasks_created_total{namespace="payments"} 5');
  expect(text).toContain('tasker_event_listener_active{mode="hybrid"} 1');
  expect(text).toContain(
    'tasker_step_execution_duration_seconds_bucket{le="0.25",namespace="payments",handler="charge"} 1',
  );
});

test('gauges that are read rather than counted are set before each scrape', async () => {
  const metrics = createMetrics({ processMetrics: false });
  let active = 3;
  metrics.onScrape(async () => metrics.set('tasker_database_pool_active', {}, active));
  expect(await metrics.scrape()).toContain('tasker_database_pool_active 3');
  active = 7;
  expect(await metrics.scrape()).toContain('tasker_database_pool_active 7');
});

test('a process shows its own metrics and those that all have, and ignores what moves others', async () => {
  const metrics = createMetrics({ processMetrics: false, process: 'worker' });
  metrics.set('tasker_tasks_active', {}, 3);
  metrics.set('tasker_leases_held', {}, 4);
  const text = await metrics.scrape();
  expect(text).not.toContain('tasker_tasks_active');
  expect(text).toContain('tasker_leases_held 4');
  expect(text).toContain('tasker_database_pool_active 0');
});

test('a gauge that is reset shows only the series that are set again', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.set('tasker_queue_depth', { queue: 'gone' }, 1);
  metrics.reset('tasker_queue_depth');
  metrics.set('tasker_queue_depth', { queue: 'left' }, 2);
  const text = await metrics.scrape();
  expect(text).toContain('tasker_queue_depth{queue="left"} 2');
  expect(text).not.toContain('gone');
});

test('100 000 namespaces make 200 series and one for all others', async () => {
  const metrics = createMetrics({ processMetrics: false });
  for (let i = 0; i < 100_000; i += 1) metrics.increment('tasker_step_errors_total', { namespace: `ns_${i}` });
  const text = await metrics.scrape();
  expect(text.match(/^tasker_step_errors_total\{/gm)).toHaveLength(201);
  expect(text).toContain('tasker_step_errors_total{namespace="other"} 99800');
});

test('process metrics are there by default, without gauges that are named like counters', async () => {
  const metrics = createMetrics();
  const text = await metrics.scrape();
  expect(text).toContain('process_cpu_seconds_total');
  const misnamed = [...text.matchAll(/^# TYPE (\S+_total) (?!counter)/gm)].map(([, name]) => name);
  expect(misnamed).toEqual([]);
  expect(metrics.contentType).toContain('text/plain');
});

test('two registries of one process do not disturb each other', async () => {
  const [one, two] = [createMetrics(), createMetrics()];
  one.increment('tasker_listener_reconnections_total', {});
  expect(await one.scrape()).toContain('tasker_listener_reconnections_total 1');
  expect(await two.scrape()).toContain('tasker_listener_reconnections_total 0');
});
