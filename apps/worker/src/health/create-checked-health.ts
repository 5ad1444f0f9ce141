import {
  type CheckedHealthSource,
  type HealthFinding,
  type HealthSource,
  type PoolFacts,
  readVersion,
} from '@tasker/service-host';
import type { HealthDeps } from './create-health';

/** What {@link createCheckedHealth} answers from besides. */
export interface CheckedHealthDeps extends HealthDeps {
  /** Connections at the most, open ones, and those of them that are free. */
  readonly pool: {
    readonly options: { readonly max: number };
    readonly totalCount: number;
    readonly idleCount: number;
  };
  /** Name of the environment, shown with the facts. */
  readonly environment: string;
}

/** Findings come from memory, so that making them takes no time. */
function finding(status: HealthFinding['status'], message: string | null = null): HealthFinding {
  return { status, durationMs: 0, checkedAt: new Date(), ...(message === null ? {} : { message }) };
}

function ofDatabase({ monitor }: HealthDeps): HealthFinding {
  const { isHealthy, problem } = monitor.component('database');
  return finding(isHealthy ? 'healthy' : 'unhealthy', problem);
}

function ofIntake({ runtime }: HealthDeps): HealthFinding {
  const { status } = runtime.status();
  return status === 'healthy'
    ? finding(status)
    : finding(status, 'steps are not heard of as the mode means it, or the last claim failed');
}

function ofExecution({ runtime }: HealthDeps): HealthFinding {
  const { runningCount, unreportedCount } = runtime.status();
  return finding('healthy', `${runningCount} handlers run, ${unreportedCount} reports wait`);
}

function ofBreaker({ breakers }: HealthDeps): HealthFinding {
  const { state } = breakers.database;
  return finding(state === 'closed' ? 'healthy' : state === 'open' ? 'unhealthy' : 'degraded');
}

function describePool({ pool }: CheckedHealthDeps): PoolFacts {
  return {
    activeConnections: pool.totalCount - pool.idleCount,
    idleConnections: pool.idleCount,
    maxConnections: pool.options.max,
  };
}

/** Adds the single findings and the facts to a worker's health, for the gRPC health service. */
export function createCheckedHealth(health: HealthSource, deps: CheckedHealthDeps): CheckedHealthSource {
  const { runtime, breakers, environment } = deps;
  return {
    ...health,

    async checks() {
      const intake = ofIntake(deps);
      return {
        database: ofDatabase(deps),
        queue_processing: intake,
        event_system: intake,
        step_processing: ofExecution(deps),
        circuit_breakers: ofBreaker(deps),
      };
    },

    facts: () => ({
      version: readVersion(),
      environment,
      operationalState: runtime.status().isStopping ? 'shutting_down' : 'normal',
      circuitBreakerState: breakers.database.state,
      pools: { tasker: describePool(deps), pgmq: describePool(deps) },
    }),
  };
}
