import { type WorkerHealthCheck, WorkerHealthServiceService, type WorkerSystemInfo } from '@tasker/protocol/grpc';
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

/** What the health service works with. */
export interface WorkerHealthDeps {
  readonly health: CheckedHealthSource;
  readonly workerId: string;
  readonly namespaces: readonly string[];
}

type Checks = Readonly<Record<string, HealthFinding>>;

const toWireCheck = (check: HealthFinding | undefined): WorkerHealthCheck => ({
  ...toWireHealthCheck(check),
  last_checked: check?.checkedAt,
});

function toWireChecks(checks: Checks) {
  return {
    database: toWireCheck(checks.database),
    command_processor: toWireCheck(checks.command_processor),
    queue_processing: toWireCheck(checks.queue_processing),
    event_system: toWireCheck(checks.event_system),
    step_processing: toWireCheck(checks.step_processing),
    circuit_breakers: toWireCheck(checks.circuit_breakers),
  };
}

function toSystemInfo({ health, namespaces }: WorkerHealthDeps): WorkerSystemInfo {
  const { version, environment, operationalState, pools } = health.facts();
  return {
    version,
    environment,
    uptime_seconds: Math.floor(process.uptime()),
    worker_type: 'general',
    database_pool_size: pools.tasker.maxConnections,
    command_processor_active: operationalState === 'normal',
    supported_namespaces: [...namespaces],
    pool_utilization: { tasker_pool: toWirePoolDetail(pools.tasker), pgmq_pool: toWirePoolDetail(pools.pgmq) },
  };
}

/** Gives `tasker.v1.WorkerHealthService`: answers of health are never errors, they say how it is. */
export function createHealthService(deps: WorkerHealthDeps): GrpcService {
  const { health, workerId } = deps;
  const base = (status: string) => ({ status, timestamp: new Date(), worker_id: workerId });
  return defineGrpcService(WorkerHealthServiceService, {
    checkHealth: async () => base((await askReport(() => health.summary())).status),

    checkLiveness: async () => base('alive'),

    async checkReadiness() {
      const [isReady, checks] = await Promise.all([askReady(health), health.checks()]);
      const { database, command_processor, queue_processing } = toWireChecks(checks);
      return {
        ...base(isReady ? 'ready' : 'not_ready'),
        checks: { database, command_processor, queue_processing },
        system_info: toSystemInfo(deps),
      };
    },

    async checkDetailedHealth() {
      const [{ status }, checks] = await Promise.all([
        askReport(() => health.detailed?.() ?? health.summary()),
        health.checks(),
      ]);
      return { ...base(status), checks: toWireChecks(checks), system_info: toSystemInfo(deps) };
    },
  });
}
