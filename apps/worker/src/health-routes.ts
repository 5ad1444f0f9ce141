import type { HealthReport, HealthSource } from '@tasker/service-host';
import type { Pool } from 'pg';
import type { WorkerRuntime } from './worker-runtime';

/** Gives a worker's health: unhealthy without a database, degraded while it polls because its listener is down. */
export function createHealth(pool: Pool, runtime: WorkerRuntime, workerId: string): HealthSource {
  const isDatabaseUp = () =>
    pool.query('select').then(
      () => true,
      () => false,
    );

  async function summary(): Promise<HealthReport> {
    const { status, namespaces, runningCount, waitingCount } = runtime.status();
    return {
      status: (await isDatabaseUp()) ? status : 'unhealthy',
      namespaces,
      active_executions: runningCount,
      claimed_steps: waitingCount,
      worker_id: workerId,
    };
  }

  return {
    summary,

    async detailed() {
      return { ...(await summary()), unreported_steps: runtime.status().unreportedCount };
    },

    async isReady() {
      return !runtime.status().isStopping && (await isDatabaseUp());
    },
  };
}
