import type { CircuitBreaker } from '@tasker/circuit-breaker';
import type { HealthMonitor, HealthReport, HealthSource } from '@tasker/service-host';
import type { WorkerRuntime } from '../worker-runtime';

/** What {@link createHealth} answers from. All of it is in memory. */
export interface HealthDeps {
  /** Has the component `database` and, with a broker, `message_queue`. */
  readonly monitor: Pick<HealthMonitor, 'component' | 'components' | 'isHealthy'>;
  readonly breakers: { readonly database: Pick<CircuitBreaker, 'state'> };
  readonly runtime: Pick<WorkerRuntime, 'status'>;
  readonly workerId: string;
}

/**
 * Gives a worker's health: `unhealthy` while its database or its broker is, `degraded` while it does not hear of steps as its mode means it
 * or its claims fail. Ready from the moment that it hears of steps or polls, while it is not
 * unhealthy, does not stop, and the database's breaker is not open.
 */
export function createHealth({ monitor, breakers, runtime, workerId }: HealthDeps): HealthSource {
  function summarize(): HealthReport {
    const { status, namespaces, runningCount, waitingCount } = runtime.status();
    return {
      status: monitor.isHealthy ? status : 'unhealthy',
      timestamp: new Date().toISOString(),
      namespaces,
      active_executions: runningCount,
      claimed_steps: waitingCount,
      worker_id: workerId,
    };
  }

  function describeConnections(): Readonly<Record<string, { readonly status: string }>> {
    const components = monitor.components();
    return Object.fromEntries(
      components.map(({ name, isHealthy }) => [name, { status: isHealthy ? 'connected' : 'disconnected' }]),
    );
  }

  return {
    summary: async () => summarize(),

    async detailed() {
      return {
        ...summarize(),
        unreported_steps: runtime.status().unreportedCount,
        ...describeConnections(),
        circuit_breakers: { database: breakers.database.state },
      };
    },

    async isReady() {
      const { isStarted, isStopping } = runtime.status();
      return isStarted && !isStopping && monitor.isHealthy && breakers.database.state !== 'open';
    },
  };
}
