import type { CircuitState } from '@tasker/circuit-breaker';
import { createHealth } from './create-health';
import type { EngineStatus } from './engine-status';

const LISTENING: EngineStatus = {
  deploymentMode: 'Hybrid',
  eventListeners: { active: true, channels: 3, lagMs: 12.4 },
  polling: { active: false, fallbackTriggered: false },
  executors: {
    task_initializer: { active: 3, max: 10, queueDepth: 5 },
    result_processor: { active: 5, max: 10, queueDepth: 12 },
    step_enqueuer: { active: 0, max: 15, queueDepth: 0 },
  },
};
const POLLING: EngineStatus = {
  ...LISTENING,
  eventListeners: { active: false, channels: 3, lagMs: null },
  polling: { active: true, fallbackTriggered: true },
};

/** The health of a process whose parts are well, but for what a test says. */
function createTestHealth({
  unhealthy = [],
  engine = LISTENING,
  database = 'closed',
}: {
  unhealthy?: readonly string[];
  engine?: EngineStatus;
  database?: CircuitState;
} = {}) {
  return createHealth({
    monitor: {
      isHealthy: unhealthy.length === 0,
      component: (name) => ({ name, isHealthy: !unhealthy.includes(name), problem: null }),
    },
    breakers: { database: { state: database }, messageQueue: { state: 'closed' } },
    pool: { options: { max: 50 }, totalCount: 30, idleCount: 7 },
    engine: () => engine,
  });
}

test('the summary has the fields of the deployment guide', async () => {
  expect(await createTestHealth().summary()).toEqual({
    status: 'healthy',
    timestamp: expect.any(String),
    database: 'connected',
    message_queue: 'operational',
  });
});

test('the details have the fields of the deployment guide', async () => {
  expect(await createTestHealth().detailed?.()).toEqual({
    status: 'healthy',
    timestamp: expect.any(String),
    deployment_mode: 'Hybrid',
    event_listeners: { active: true, channels: 3, lag_ms: 12 },
    polling: { active: false, fallback_triggered: false },
    database: { status: 'connected', pool_size: 50, active_connections: 23 },
    circuit_breakers: { database: 'closed', message_queue: 'closed' },
    executors: {
      task_initializer: { active: 3, max: 10, queue_depth: 5 },
      result_processor: { active: 5, max: 10, queue_depth: 12 },
      step_enqueuer: { active: 0, max: 15, queue_depth: 0 },
    },
  });
});

test('a process that polls for want of its listener is degraded and ready', async () => {
  const health = createTestHealth({ engine: POLLING });
  expect(await health.summary()).toMatchObject({ status: 'degraded' });
  expect(await health.detailed?.()).toMatchObject({
    status: 'degraded',
    event_listeners: { active: false, lag_ms: null },
    polling: { active: true, fallback_triggered: true },
  });
  expect(await health.isReady()).toBe(true);
});

test.each([
  ['database', { database: 'disconnected', message_queue: 'operational' }],
  ['message_queue', { database: 'connected', message_queue: 'unavailable' }],
])('without its %s a process is unhealthy and not ready', async (name, fields) => {
  const health = createTestHealth({ unhealthy: [name] });
  expect(await health.summary()).toMatchObject({ status: 'unhealthy', ...fields });
  expect(await health.isReady()).toBe(false);
});

test.each([
  ['open', false],
  ['half_open', true],
] as const)('while the breaker of the database is %s, ready is %s', async (database, ready) => {
  expect(await createTestHealth({ database }).isReady()).toBe(ready);
});
