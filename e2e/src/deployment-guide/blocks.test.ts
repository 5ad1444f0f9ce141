import { readdirSync } from 'node:fs';
import { until } from '@tasker/testing';
import { LINEAR, shapeTemplate } from '../shapes';
import { type System, startSystem } from '../start-system';
import { BLOCKS, configureByBlocks } from './configure-by-blocks';
import { listServices, probe } from './grpc-tools';

const CLOSED = { circuit_breakers: { database: 'closed', message_queue: 'closed' } };
const LISTENING = { event_listeners: { active: true }, polling: { active: false, fallback_triggered: false } };
const POLLING = {
  deployment_mode: 'PollingOnly',
  event_listeners: { active: false, channels: 0, lag_ms: null },
  polling: { active: true, fallback_triggered: false },
};
const HYBRID = { deployment_mode: 'Hybrid', ...LISTENING };
const POOL_OF_50 = { database: { status: 'connected', pool_size: 50 } };

/** What `/health/detailed` of orchestration says under each block. */
const HEALTH_UNDER: Readonly<Record<string, object>> = {
  'batch-processing.toml': POLLING,
  'circuit-breaker-tuning.toml': CLOSED,
  'connection-pooling.toml': POOL_OF_50,
  'event-driven-only.toml': { deployment_mode: 'EventDrivenOnly', ...LISTENING },
  'executor-pool-sizing.toml': {
    executors: { task_initializer: { max: 10 }, result_processor: { max: 20 }, step_enqueuer: { max: 15 } },
  },
  'grpc.toml': HYBRID,
  'hybrid.toml': HYBRID,
  'migration-enable-listeners.toml': HYBRID,
  'migration-poll-less.toml': HYBRID,
  'polling-only.toml': POLLING,
  'production-circuit-breakers.toml': CLOSED,
  'production-database.toml': POOL_OF_50,
  'production-orchestration.toml': HYBRID,
  'rollback-to-polling.toml': POLLING,
};

/** What `/config` says under blocks whose effect shows only when something breaks. */
const TUNED_BREAKER = { circuit_breakers: { enabled: true, failure_threshold: 5, timeout_seconds: 60 } };
const CONFIG_UNDER: Readonly<Record<string, object>> = {
  'circuit-breaker-tuning.toml': TUNED_BREAKER,
  'production-circuit-breakers.toml': TUNED_BREAKER,
};

async function untilDetailed({ api }: System, expected: object): Promise<void> {
  await until('health is as the block says', async () => {
    const { body } = await api.call<object>('GET', '/health/detailed');
    try {
      expect(body).toMatchObject(expected);
      return true;
    } catch {
      return false;
    }
  }).catch(async () => {
    expect((await api.call<object>('GET', '/health/detailed')).body).toMatchObject(expected);
  });
}

test('each block of the deployment guide has a line here', () => {
  expect(Object.keys(HEALTH_UNDER).sort()).toEqual(readdirSync(BLOCKS).sort());
});

test.each(Object.entries(HEALTH_UNDER))(
  'under the block %s processes start, say so, and finish a task',
  async (name, expected) => {
    using config = configureByBlocks(name);
    const env = { orchestrationEnv: config.env, workerEnv: config.env };
    await using system = await startSystem({ ...env, templates: [shapeTemplate(LINEAR)] });
    await untilDetailed(system, expected);
    const { body } = await system.api.call<object>('GET', '/config');
    expect(body).toMatchObject({ metadata: { environment: config.env.TASKER_ENV }, ...CONFIG_UNDER[name] });
    await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
  },
);

test('under the block grpc.toml the server is where the variable says, tells its services and answers probes', async () => {
  using config = configureByBlocks('grpc.toml');
  await using system = await startSystem({ workers: 0, orchestrationEnv: config.env });
  const target = system.fleet.orchestrations[0]?.grpcTarget ?? '';
  expect(await listServices(target)).toEqual(
    expect.arrayContaining(['grpc.health.v1.Health', 'tasker.v1.HealthService', 'tasker.v1.TaskService']),
  );
  await until('the probe is told SERVING', async () => {
    const end = await probe(target, '');
    return 'answer' in end && end.answer.status === 'SERVING';
  });
});
