import { createCheckedHealth } from './create-checked-health';
import type { HealthDeps } from './create-health';

function deps({ isHealthy = true, state = 'closed', active = 1, fallback = false } = {}): HealthDeps {
  const component = (name: string) => ({ name, isHealthy, problem: isHealthy ? null : 'no answer' });
  const executor = { active: 0, max: 1, queueDepth: 2 };
  return {
    monitor: { component, isHealthy },
    breakers: {
      database: { state: state as 'closed' },
      messageQueue: { state: 'closed' },
    },
    pool: { options: { max: 10 }, totalCount: active, idleCount: 0 },
    engine: () => ({
      deploymentMode: 'Hybrid',
      eventListeners: { active: !fallback, channels: 1, lagMs: 1 },
      polling: { active: fallback, fallbackTriggered: fallback },
      executors: { task_initializer: executor, result_processor: executor, step_enqueuer: executor },
    }),
  };
}

const checked = (parts: HealthDeps) =>
  createCheckedHealth(
    { summary: async () => ({ status: 'healthy' }), isReady: async () => true },
    { ...parts, environment: 'test' },
  );

test('everything that is well is healthy, with what can be counted', async () => {
  expect(await checked(deps()).checks()).toEqual({
    web_database: { status: 'healthy', durationMs: 0 },
    orchestration_database: { status: 'healthy', durationMs: 0 },
    circuit_breaker: { status: 'healthy', durationMs: 0 },
    orchestration_system: { status: 'healthy', durationMs: 0 },
    command_processor: { status: 'healthy', durationMs: 0 },
    pool_utilization: { status: 'healthy', message: '10 % of the connections are in use', durationMs: 0 },
    queue_depth: { status: 'healthy', message: '6 messages and steps wait', durationMs: 0 },
  });
});

test('a component that its monitor finds unhealthy says why', async () => {
  const { web_database } = await checked(deps({ isHealthy: false })).checks();
  expect(web_database).toMatchObject({ status: 'unhealthy', message: 'no answer' });
});

test.each([
  ['open', 'unhealthy', 'open'],
  ['half_open', 'degraded', 'half_open'],
])('a breaker that is %s is %s', async (state, status, shown) => {
  const health = checked(deps({ state }));
  expect((await health.checks()).circuit_breaker).toMatchObject({ status });
  expect(health.facts().circuitBreakerState).toBe(shown);
});

test.each([
  [8, 'healthy'],
  [9, 'degraded'],
  [10, 'unhealthy'],
])('%i of 10 connections in use is %s', async (active, status) => {
  expect((await checked(deps({ active })).checks()).pool_utilization).toMatchObject({ status });
});

test('an engine that polls because its listener is down is degraded', async () => {
  expect((await checked(deps({ fallback: true })).checks()).orchestration_system).toMatchObject({ status: 'degraded' });
});
