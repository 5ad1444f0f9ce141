import { loadSettings } from '@tasker/settings';
import { toTuning } from './to-tuning';
import { DEFAULT_TUNING } from './worker-tuning';

const ENOUGH = { DATABASE_URL: 'postgres://db', TASKER_HANDLERS: 'a.js', WORKER_NAMESPACES: 'shop' };
const read = (variables: Record<string, string>) =>
  toTuning(loadSettings({ variables: { ...ENOUGH, ...variables }, kind: 'worker' }).settings.worker);

test('the defaults of the configuration are those of the worker', () => {
  expect(read({})).toEqual(DEFAULT_TUNING);
});

test('each number has a key', () => {
  const tuning = read({
    TASKER__worker__max_concurrent_handlers: '7',
    TASKER__worker__lease_ms: '3000',
    TASKER__worker__handler_timeout_ms: '100',
    TASKER__worker__polling_interval_ms: '101',
    TASKER__worker__shutdown_timeout_ms: '0',
  });
  expect(tuning).toEqual({
    ...DEFAULT_TUNING,
    maxConcurrent: 7,
    prefetch: 7,
    leaseMs: 3_000,
    defaultTimeoutMs: 100,
    pollIntervalMs: 101,
    shutdownTimeoutMs: 0,
  });
});
