import { readEnvironment } from '@tasker/config';
import { readSettings } from './settings';

const ENOUGH = { DATABASE_URL: 'postgres://db', TASKER_HANDLERS: 'a.js, b', WORKER_NAMESPACES: 'shop, pay' };

function read(variables: Record<string, string>) {
  return readSettings(readEnvironment(variables));
}

test('few variables are enough', () => {
  expect(read(ENOUGH)).toEqual({
    databaseUrl: 'postgres://db',
    listenUrl: 'postgres://db',
    bindAddress: '0.0.0.0:8081',
    logLevel: 'info',
    mode: 'Hybrid',
    maxConnections: 6,
    handlerPaths: ['a.js', 'b'],
    namespaces: ['shop', 'pay'],
    templatePath: null,
    tuning: {
      maxConcurrent: 100,
      prefetch: 100,
      leaseMs: 30_000,
      defaultTimeoutMs: 60_000,
      pollIntervalMs: 1_000,
      shutdownTimeoutMs: 30_000,
    },
  });
});

test('all problems are told at once', () => {
  const wrong = { LOG_LEVEL: 'loud', WORKER_NAMESPACES: 'Shop', TASKER_WORKER_CONCURRENCY: '0' };
  expect(() => read(wrong)).toThrow(/DATABASE_URL.*LOG_LEVEL.*TASKER_HANDLERS.*'Shop'.*CONCURRENCY/s);
});

test('templates may stand in for namespaces', () => {
  const { WORKER_NAMESPACES: _, ...rest } = ENOUGH;
  expect(() => read(rest)).toThrow('WORKER_NAMESPACES is not set');
  expect(read({ ...rest, TASKER_TEMPLATE_PATH: './t' })).toMatchObject({ namespaces: [], templatePath: './t' });
});

test('the mode has two names that must agree', () => {
  expect(read({ ...ENOUGH, DEPLOYMENT_MODE: 'PollingOnly' }).mode).toBe('PollingOnly');
  expect(() => read({ ...ENOUGH, DEPLOYMENT_MODE: 'Hybrid', TASKER_DEPLOYMENT_MODE: 'PollingOnly' })).toThrow('differ');
  expect(() => read({ ...ENOUGH, TASKER_DEPLOYMENT_MODE: 'Fast' })).toThrow('must be one of Hybrid');
});
