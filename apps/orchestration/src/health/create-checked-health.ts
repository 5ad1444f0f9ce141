import {
  type CheckedHealthSource,
  type ComponentHealth,
  type HealthFinding,
  type HealthSource,
  type PoolFacts,
  readVersion,
} from '@tasker/service-host';
import type { HealthDeps } from './create-health';

/** What {@link createCheckedHealth} answers from besides. */
export interface CheckedHealthDeps extends HealthDeps {
  /** Name of the environment, shown with the facts. */
  readonly environment: string;
}

const DEGRADED_PERCENT = 80;
const UNHEALTHY_PERCENT = 95;

/** Findings come from memory, so that making them takes no time. */
function finding(status: HealthFinding['status'], message: string | null = null): HealthFinding {
  return { status, durationMs: 0, ...(message === null ? {} : { message }) };
}

const ofComponent = ({ isHealthy, problem }: ComponentHealth): HealthFinding =>
  finding(isHealthy ? 'healthy' : 'unhealthy', problem);

function ofBreakers({ breakers }: HealthDeps): HealthFinding {
  const states = [breakers.database.state, breakers.messageQueue.state];
  if (states.includes('open')) return finding('unhealthy', 'a circuit breaker is open');
  return states.every((state) => state === 'closed')
    ? finding('healthy')
    : finding('degraded', 'a circuit breaker tries whether its component is back');
}

function ofPool({ pool }: HealthDeps): HealthFinding {
  const percent = ((pool.totalCount - pool.idleCount) / pool.options.max) * 100;
  const status = percent > UNHEALTHY_PERCENT ? 'unhealthy' : percent > DEGRADED_PERCENT ? 'degraded' : 'healthy';
  return finding(status, `${Math.round(percent)} % of the connections are in use`);
}

function ofQueues({ engine }: HealthDeps): HealthFinding {
  const waiting = Object.values(engine().executors).reduce((sum, { queueDepth }) => sum + queueDepth, 0);
  return finding('healthy', `${waiting} messages and steps wait`);
}

function ofEngine({ engine }: HealthDeps): HealthFinding {
  return engine().polling.fallbackTriggered
    ? finding('degraded', 'notifications do not arrive, the queues are polled')
    : finding('healthy');
}

function worstState({ breakers }: HealthDeps): string {
  const states = [breakers.database.state, breakers.messageQueue.state];
  return states.find((state) => state === 'open') ?? states.find((state) => state !== 'closed') ?? 'closed';
}

function describePool({ pool }: HealthDeps): PoolFacts {
  return {
    activeConnections: pool.totalCount - pool.idleCount,
    idleConnections: pool.idleCount,
    maxConnections: pool.options.max,
  };
}

/** Adds the single findings and the facts to orchestration's health, for the gRPC health service. */
export function createCheckedHealth(health: HealthSource, deps: CheckedHealthDeps): CheckedHealthSource {
  const { monitor, environment } = deps;
  return {
    ...health,

    async checks() {
      const database = ofComponent(monitor.component('database'));
      return {
        web_database: database,
        orchestration_database: database,
        circuit_breaker: ofBreakers(deps),
        orchestration_system: ofEngine(deps),
        command_processor: ofComponent(monitor.component('message_queue')),
        pool_utilization: ofPool(deps),
        queue_depth: ofQueues(deps),
      };
    },

    facts: () => ({
      version: readVersion(),
      environment,
      operationalState: 'normal',
      circuitBreakerState: worstState(deps),
      pools: { tasker: describePool(deps), pgmq: describePool(deps) },
    }),
  };
}
