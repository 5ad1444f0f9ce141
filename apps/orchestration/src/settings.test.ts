import { loadSettings } from '@tasker/settings';
import { DEFAULT_RETRY_POLICY } from '@tasker/workflow';
import { toOrchestrationSettings } from './settings';

function read(variables: Record<string, string>) {
  return toOrchestrationSettings(loadSettings({ variables, kind: 'orchestration' }).settings);
}

test('the address of the database is enough', () => {
  expect(read({ DATABASE_URL: 'postgres://db' })).toEqual({
    databaseUrl: 'postgres://db',
    listenUrl: 'postgres://db',
    bindAddress: '0.0.0.0:8080',
    logLevel: 'info',
    logFormat: 'json',
    processMetrics: true,
    tracing: {
      enabled: false,
      endpoint: 'http://localhost:4318/v1/traces',
      sampleRatio: 1,
      serviceName: 'tasker-orchestration',
    },
    maxConnections: 10,
    retryDefaults: DEFAULT_RETRY_POLICY,
  });
});

test('a direct connection for LISTEN, and each retry default, may be given', () => {
  const settings = read({
    DATABASE_URL: 'postgres://pooler',
    DATABASE_LISTEN_URL: 'postgres://db',
    TASKER__orchestration__retry__max_attempts: '7',
    TASKER__orchestration__retry__backoff: 'linear',
    TASKER__orchestration__retry__backoff_base_ms: '5',
    TASKER__orchestration__retry__max_backoff_ms: '50',
  });
  expect(settings).toMatchObject({
    listenUrl: 'postgres://db',
    retryDefaults: { maxAttempts: 7, backoff: 'linear', backoffBaseMs: 5, maxBackoffMs: 50 },
  });
});

test('traces and the metrics of the process are as they are told', () => {
  const settings = read({
    DATABASE_URL: 'postgres://db',
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
