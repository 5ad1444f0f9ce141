import type { HealthSource } from '@tasker/service-host';
import type { Pool } from 'pg';
import type { OrchestrationEngine } from '../engine/orchestration-engine';

/** Gives orchestration's health: unhealthy without a database, degraded while it polls because its listener is down. */
export function createHealth(pool: Pool, engine: Pick<OrchestrationEngine, 'listener'>): HealthSource {
  async function isDatabaseUp(): Promise<boolean> {
    return pool.query('select').then(
      () => true,
      () => false,
    );
  }

  return {
    async summary() {
      const up = await isDatabaseUp();
      const status = !up ? 'unhealthy' : engine.listener.healthy ? 'healthy' : 'degraded';
      return {
        status,
        deployment_mode: 'Hybrid',
        timestamp: new Date().toISOString(),
        database: up ? 'up' : 'down',
        event_listener: engine.listener.healthy ? 'listening' : 'polling',
      };
    },

    isReady: isDatabaseUp,
  };
}
