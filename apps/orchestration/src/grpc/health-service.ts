import { type DetailedHealthChecks, type HealthInfo, HealthServiceService } from '@tasker/protocol/grpc';
import {
  askReady,
  askReport,
  type CheckedHealthSource,
  defineGrpcService,
  type GrpcService,
  type HealthFinding,
  toWireHealthCheck,
  toWirePoolDetail,
} from '@tasker/service-host';

type Checks = Readonly<Record<string, HealthFinding>>;

function toWireChecks(checks: Checks): DetailedHealthChecks {
  const show = (name: keyof DetailedHealthChecks) => toWireHealthCheck(checks[name]);
  return {
    web_database: show('web_database'),
    orchestration_database: show('orchestration_database'),
    circuit_breaker: show('circuit_breaker'),
    orchestration_system: show('orchestration_system'),
    command_processor: show('command_processor'),
    pool_utilization: show('pool_utilization'),
    queue_depth: show('queue_depth'),
    channel_saturation: show('channel_saturation'),
  };
}

function toWireInfo(health: CheckedHealthSource): HealthInfo {
  const { version, environment, operationalState, circuitBreakerState, pools } = health.facts();
  return {
    version,
    environment,
    operational_state: operationalState,
    web_database_pool_size: pools.tasker.maxConnections,
    orchestration_database_pool_size: pools.tasker.maxConnections,
    circuit_breaker_state: circuitBreakerState,
    pool_utilization: { tasker_pool: toWirePoolDetail(pools.tasker), pgmq_pool: toWirePoolDetail(pools.pgmq) },
  };
}

const now = () => new Date().toISOString();

/** Gives `tasker.v1.HealthService`: answers of health are never errors, they say how it is. */
export function createHealthService(health: CheckedHealthSource): GrpcService {
  return defineGrpcService(HealthServiceService, {
    async checkHealth() {
      const { status } = await askReport(() => health.summary());
      return { status, timestamp: now() };
    },

    checkLiveness: async () => ({ status: 'alive', timestamp: now() }),

    async checkReadiness() {
      const [isReady, checks] = await Promise.all([askReady(health), health.checks()]);
      const {
        pool_utilization: _pools,
        queue_depth: _depth,
        channel_saturation: _channels,
        ...own
      } = toWireChecks(checks);
      return { status: isReady ? 'ready' : 'not_ready', timestamp: now(), checks: own, info: toWireInfo(health) };
    },

    async checkDetailedHealth() {
      const [{ status }, checks] = await Promise.all([
        askReport(() => health.detailed?.() ?? health.summary()),
        health.checks(),
      ]);
      return { status, timestamp: now(), checks: toWireChecks(checks), info: toWireInfo(health) };
    },
  });
}
