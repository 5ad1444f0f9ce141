import { loadSettings } from '@tasker/settings';
import { toWorkerSettings } from './settings';
import { DEFAULT_TUNING } from './worker-tuning';

const ENOUGH = { DATABASE_URL: 'postgres://db', TASKER_HANDLERS: 'a.js, b', WORKER_NAMESPACES: 'shop, pay, shop' };

function read(variables: Record<string, string>) {
  return toWorkerSettings(loadSettings({ variables, kind: 'worker' }).settings);
}

test('few variables are enough, and the rest is as where nobody says otherwise', () => {
  const { tuning, ...settings } = read(ENOUGH);
  expect(settings).toEqual({
    databaseUrl: 'postgres://db',
    listenUrl: 'postgres://db',
    bindAddress: '0.0.0.0:8081',
    logLevel: 'info',
    logFormat: 'json',
    processMetrics: true,
    tracing: {
      enabled: false,
      endpoint: 'http://localhost:4318/v1/traces',
      sampleRatio: 1,
      serviceName: 'tasker-worker',
    },
    mode: 'Hybrid',
    maxConnections: 6,
    handlerPaths: ['a.js', 'b'],
    namespaces: ['shop', 'pay'],
    templatePath: null,
  });
  expect({ ...DEFAULT_TUNING, ...tuning }).toEqual(DEFAULT_TUNING);
});

test('each number has a key', () => {
  const { tuning, maxConnections } = read({
    ...ENOUGH,
    TASKER__worker__max_concurrent_handlers: '7',
    TASKER__worker__lease_ms: '3000',
    TASKER__worker__handler_timeout_ms: '100',
    TASKER__worker__polling_interval_ms: '101',
    TASKER__worker__shutdown_timeout_ms: '0',
    TASKER__worker__database__max_connections: '9',
  });
  expect(maxConnections).toBe(9);
  expect(tuning).toEqual({
    maxConcurrent: 7,
    prefetch: 7,
    leaseMs: 3_000,
    defaultTimeoutMs: 100,
    pollIntervalMs: 101,
    shutdownTimeoutMs: 0,
  });
});

test('templates may stand in for namespaces, and a direct connection for LISTEN may be given', () => {
  const { WORKER_NAMESPACES: _, ...rest } = ENOUGH;
  const settings = read({ ...rest, TASKER_TEMPLATE_PATH: './t', DATABASE_LISTEN_URL: 'postgres://direct' });
  expect(settings).toMatchObject({ namespaces: [], templatePath: './t', listenUrl: 'postgres://direct' });
});

test('traces and the metrics of the process are as they are told', () => {
  const settings = read({
    ...ENOUGH,
    TASKER__telemetry__metrics__process_metrics: 'false',
    TASKER__telemetry__tracing__enabled: 'true',
    TASKER__telemetry__tracing__endpoint: 'http://collector:4318/v1/traces',
    TASKER__telemetry__tracing__sample_ratio: '0.1',
    TASKER__telemetry__tracing__service_name: 'shop',
  });
  expect(settings).toMatchObject({
    processMetrics: false,
    tracing: { enabled: true, endpoint: 'http://collector:4318/v1/traces', sampleRatio: 0.1, serviceName: 'shop' },
  });
});
