import type { CircuitState } from '@tasker/circuit-breaker';
import type { WorkerStatus } from '../worker-runtime';
import { createHealth } from './create-health';

const STATUS: WorkerStatus = {
  status: 'healthy',
  isStarted: true,
  isStopping: false,
  namespaces: ['payments', 'inventory'],
  runningCount: 8,
  waitingCount: 3,
  unreportedCount: 2,
};

/** The health of a worker that is well, but for what a test says. */
function createTestHealth({
  isHealthy = true,
  status = {},
  database = 'closed',
  watched = ['database'],
}: {
  isHealthy?: boolean;
  status?: Partial<WorkerStatus>;
  database?: CircuitState;
  watched?: readonly string[];
} = {}) {
  const component = (name: string) => ({ name, isHealthy, problem: null });
  return createHealth({
    monitor: { isHealthy, component, components: () => watched.map(component) },
    breakers: { database: { state: database } },
    runtime: { status: () => ({ ...STATUS, ...status }) },
    workerId: 'w1',
  });
}

test('the summary has the fields of the deployment guide', async () => {
  expect(await createTestHealth().summary()).toEqual({
    status: 'healthy',
    timestamp: expect.any(String),
    namespaces: ['payments', 'inventory'],
    active_executions: 8,
    claimed_steps: 3,
    worker_id: 'w1',
  });
});

test('the details add reports that wait, the database and its breaker', async () => {
  expect(await createTestHealth({ isHealthy: false, database: 'open' }).detailed?.()).toMatchObject({
    status: 'unhealthy',
    unreported_steps: 2,
    database: { status: 'disconnected' },
    circuit_breakers: { database: 'open' },
  });
});

test('the details tell of the broker where there is one', async () => {
  const report = await createTestHealth({ watched: ['database', 'message_queue'] }).detailed?.();
  expect(report).toMatchObject({ database: { status: 'connected' }, message_queue: { status: 'connected' } });
  expect(await createTestHealth().detailed?.()).not.toHaveProperty('message_queue');
});

test('a worker that does not hear of steps is degraded and ready', async () => {
  const health = createTestHealth({ status: { status: 'degraded' } });
  expect(await health.summary()).toMatchObject({ status: 'degraded' });
  expect(await health.isReady()).toBe(true);
});

test('a worker is not ready before it hears of steps or polls', async () => {
  expect(await createTestHealth({ status: { isStarted: false } }).isReady()).toBe(false);
});

test('a worker whose database is away, that stops, or whose breaker is open is not ready', async () => {
  expect(await createTestHealth({ isHealthy: false }).isReady()).toBe(false);
  expect(await createTestHealth({ status: { isStopping: true } }).isReady()).toBe(false);
  expect(await createTestHealth({ database: 'open' }).isReady()).toBe(false);
});
