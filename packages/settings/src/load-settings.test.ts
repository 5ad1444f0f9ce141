import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, listKeys } from '@tasker/config';
import { loadSettings, type SettingsRequest } from './load-settings';
import { SETTINGS_SCHEMA } from './schema/settings-schema';
import { copyConfig, SHIPPED_FILES } from './testing/config-copy';
import { variableBindings } from './variables';

const WORKER = { DATABASE_URL: 'postgres://db', TASKER_HANDLERS: 'a.js, b', WORKER_NAMESPACES: 'shop, pay' };

const workingDirectory = process.cwd();
afterEach(() => process.chdir(workingDirectory));

function messageOf(request: SettingsRequest): string {
  try {
    loadSettings(request);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the settings were loaded');
}

describe('the directory', () => {
  test('is the shipped one when the working directory has none', () => {
    using empty = copyConfig({ isEmpty: true });
    process.chdir(empty.directory);
    const loaded = loadSettings({ variables: {} });
    expect(loaded).toMatchObject({ directory: SHIPPED_FILES, environment: 'development' });
    expect(loaded.sourceOf('database.max_connections')).toBe(join(SHIPPED_FILES, 'base', 'database.toml'));
  });

  test('is that of the working directory before the shipped one, and sources are relative to it', () => {
    using work = copyConfig({ isEmpty: true });
    work.write('config/tasker/base/any.toml', '[worker]\nlease_ms = 4000');
    process.chdir(work.directory);
    const loaded = loadSettings({ variables: { TASKER_ENV: 'staging' } });
    expect(loaded.settings.worker.lease_ms).toBe(4_000);
    expect(loaded.sourceOf('worker.lease_ms')).toBe('config/tasker/base/any.toml');
    expect(loaded).toMatchObject({ directory: 'config/tasker', environment: 'staging' });
  });

  test('is that of the variable, and that of the request before it', () => {
    using first = copyConfig();
    using second = copyConfig();
    const variables = { TASKER_CONFIG_DIR: first.directory };
    expect(loadSettings({ variables }).directory).toBe(first.directory);
    expect(loadSettings({ variables, directory: second.directory }).directory).toBe(second.directory);
  });

  test('must hold a configuration when it is named', () => {
    using empty = copyConfig({ isEmpty: true });
    const wanted = `names ${empty.directory}, which has neither a base nor an environments directory`;
    const variables = { TASKER_CONFIG_DIR: empty.directory };
    expect(messageOf({ variables })).toBe(`environment variable TASKER_CONFIG_DIR: ${wanted}`);
    expect(messageOf({ variables: {}, directory: empty.directory })).toBe(`command line: ${wanted}`);
  });
});

describe('the environment', () => {
  test('has its files over those of the base', () => {
    const { settings, environment } = loadSettings({ variables: { TASKER_ENV: 'production' } });
    expect(environment).toBe('production');
    expect(settings.database).toMatchObject({ max_connections: 50, min_connections: 10 });
    expect(loadSettings({ variables: { TASKER_ENV: 'production' }, environment: 'test' }).environment).toBe('test');
  });

  test('must have files when others have', () => {
    expect(messageOf({ variables: { TASKER_ENV: 'prodution' } })).toBe(
      `environment variable TASKER_ENV: names the environment prodution; ${join(SHIPPED_FILES, 'environments')} has development, production, test; did you mean production?`,
    );
    expect(messageOf({ variables: {}, environment: '../base' })).toContain('names the environment ../base;');
  });

  test('may have files where there is no base', () => {
    using copy = copyConfig({ isEmpty: true });
    mkdirSync(join(copy.directory, 'environments', 'edge'), { recursive: true });
    expect(loadSettings({ variables: {}, directory: copy.directory, environment: 'edge' }).environment).toBe('edge');
  });
});

describe('variables', () => {
  test('with names of their own give known keys', () => {
    const known = listKeys(SETTINGS_SCHEMA).map(({ key }) => key);
    for (const keys of Object.values(variableBindings(null))) expect(known).toEqual(expect.arrayContaining([...keys]));
  });

  test('win over files, those for any key too', () => {
    const { settings, sourceOf } = loadSettings({
      variables: { LOG_LEVEL: 'debug', TASKER__database__max_connections: '77', TASKER_DEPLOYMENT_MODE: 'PollingOnly' },
      environment: 'production',
    });
    expect(settings.telemetry.log_level).toBe('debug');
    expect(settings.database.max_connections).toBe(77);
    expect(settings.orchestration.deployment_mode).toBe('PollingOnly');
    expect(settings.worker.deployment_mode).toBe('PollingOnly');
    expect(sourceOf('worker.deployment_mode')).toBe('environment variable TASKER_DEPLOYMENT_MODE');
  });

  test('name the mode in two ways that must agree', () => {
    expect(loadSettings({ variables: { DEPLOYMENT_MODE: 'PollingOnly' } }).settings.worker.deployment_mode).toBe(
      'PollingOnly',
    );
    expect(messageOf({ variables: { DEPLOYMENT_MODE: 'Hybrid', TASKER_DEPLOYMENT_MODE: 'PollingOnly' } })).toContain(
      'TASKER_DEPLOYMENT_MODE and DEPLOYMENT_MODE: orchestration.deployment_mode: both are set and differ',
    );
    expect(messageOf({ variables: { TASKER_DEPLOYMENT_MODE: 'polling_only' } })).toContain(
      'orchestration.deployment_mode = "polling_only": must be one of Hybrid, EventDrivenOnly, PollingOnly',
    );
  });

  test('of other programs are left alone', () => {
    expect(loadSettings({ variables: { RUST_LOG: 'trace' } }).settings.telemetry.log_level).toBe('info');
  });

  test('mean the HTTP server of the process that they are given to', () => {
    const variables = { ...WORKER, TASKER_WEB_BIND_ADDRESS: '127.0.0.1:1' };
    const addresses = (kind: 'orchestration' | 'worker' | null) => {
      const { orchestration, worker } = loadSettings({ variables, kind }).settings;
      return [orchestration.web.bind_address, worker.web.bind_address];
    };
    expect(addresses('orchestration')).toEqual(['127.0.0.1:1', '0.0.0.0:8081']);
    expect(addresses('worker')).toEqual(['0.0.0.0:8080', '127.0.0.1:1']);
    expect(addresses(null)).toEqual(['127.0.0.1:1', '127.0.0.1:1']);
  });
});

test('the mode of workers is that of orchestration unless they have one of their own', () => {
  const overrides = { 'orchestration.deployment_mode': 'EventDrivenOnly' };
  expect(loadSettings({ variables: {}, overrides }).settings.worker.deployment_mode).toBe('EventDrivenOnly');
  const own = { ...overrides, 'worker.deployment_mode': 'PollingOnly' };
  expect(loadSettings({ variables: {}, overrides: own }).settings).toMatchObject({
    orchestration: { deployment_mode: 'EventDrivenOnly' },
    worker: { deployment_mode: 'PollingOnly' },
  });
});

test('a process says all that it cannot do without', () => {
  expect(loadSettings({ variables: WORKER, kind: 'worker' }).settings.worker).toMatchObject({
    handlers: ['a.js', 'b'],
    namespaces: ['shop', 'pay'],
  });
  expect(messageOf({ variables: {}, kind: 'orchestration' })).toMatch(/database\.url: is not set: give DATABASE_URL/);
  expect(messageOf({ variables: { LOG_LEVEL: 'loud' }, kind: 'worker' })).toMatch(
    /LOG_LEVEL.*must be one of.*database\.url: is not set.*handlers: is not set.*namespaces: is not set/s,
  );
  const { WORKER_NAMESPACES: _, ...rest } = WORKER;
  expect(
    loadSettings({ variables: { ...rest, TASKER_TEMPLATE_PATH: './t' }, kind: 'worker' }).settings.worker,
  ).toMatchObject({ namespaces: [], template_path: './t' });
});

test.each([
  ['database.min_connections', '11', 'must be at most database.max_connections, which is 10'],
  ['orchestration.polling.batch_size', '101', 'must be at most orchestration.polling.max_messages_per_poll'],
  [
    'orchestration.polling.error_backoff_base_ms',
    '30001',
    'must be at most orchestration.polling.error_backoff_max_ms',
  ],
  ['orchestration.retry.backoff_base_ms', '30001', 'must be at most orchestration.retry.max_backoff_ms'],
  ['pgmq.wakeup_min_window_ms', '101', 'must be at most pgmq.wakeup_max_window_ms'],
  ['executor_pools.step_enqueuer.min_executors', '11', 'must be at most executor_pools.step_enqueuer.max_executors'],
  ['executor_pools.step_enqueuer.queue_low_watermark', '150', 'must be below executor_pools.step_enqueuer.queue_high'],
  ['orchestration.web.bind_address', '8080', 'must be host:port'],
  ['worker.namespaces', 'Shop', 'must be a list of namespaces'],
  ['worker.lease_ms', '2999', 'must be a whole number from 3000 to'],
  ['messaging.backend', 'pgmqq', 'must be one of pgmq, rabbitmq; did you mean pgmq?'],
])('%s = %s is refused', (key, value, expected) => {
  const message = messageOf({ variables: {}, overrides: { [key]: value }, environment: 'development' });
  expect(message).toContain(`command line: ${key}`);
  expect(message).toContain(expected);
});

test('Hybrid must have a way to hear of work', () => {
  const overrides = {
    'orchestration.hybrid.enable_event_listeners': 'false',
    'orchestration.hybrid.enable_polling_fallback': 'false',
  };
  expect(messageOf({ variables: {}, overrides })).toContain('nothing would be noticed');
  const polling = { ...overrides, 'orchestration.deployment_mode': 'PollingOnly' };
  expect(loadSettings({ variables: {}, overrides: polling }).settings.orchestration.deployment_mode).toBe(
    'PollingOnly',
  );
});

test('EventDrivenOnly must listen to where requests and results are announced', () => {
  const overrides = { 'orchestration.event_driven.channels': 'pgmq_message_ready.*,pgmq_queue_created' };
  const eventDriven = { ...overrides, 'orchestration.deployment_mode': 'EventDrivenOnly' };
  expect(messageOf({ variables: {}, overrides: eventDriven })).toContain(
    'orchestration.event_driven.channels: is without pgmq_message_ready.orchestration: in EventDrivenOnly no task',
  );
  expect(loadSettings({ variables: {}, overrides }).settings.orchestration.deployment_mode).toBe('Hybrid');
});

test.each([
  [{ 'worker.deployment_mode': 'EventDrivenOnly' }],
  [{ 'orchestration.deployment_mode': 'EventDrivenOnly' }],
])('workers that may not listen cannot be as %j says', (mode) => {
  const overrides = { ...mode, 'orchestration.worker_events.enable_worker_listeners': 'false' };
  expect(messageOf({ variables: {}, overrides })).toContain(
    'enable_worker_listeners: is false: a worker in EventDrivenOnly would notice no step',
  );
  const polling = { ...overrides, 'worker.deployment_mode': 'PollingOnly' };
  expect(loadSettings({ variables: {}, overrides: polling }).settings.worker.deployment_mode).toBe('PollingOnly');
});

test('a secret file that cannot be read is told once, by its variable and its key', () => {
  expect(messageOf({ variables: { DATABASE_URL_FILE: '/nowhere' }, kind: 'orchestration' })).toBe(
    'DATABASE_URL_FILE: database.url: names /nowhere, which cannot be read',
  );
});
