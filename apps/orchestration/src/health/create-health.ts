import type { CircuitBreaker } from '@tasker/circuit-breaker';
import type { HealthMonitor, HealthReport, HealthSource } from '@tasker/service-host';
import type { EngineStatus, ExecutorStatus } from './engine-status';

/** What {@link createHealth} answers from. All of it is in memory. */
export interface HealthDeps {
  /** Has the components `database` and `message_queue`. */
  readonly monitor: Pick<HealthMonitor, 'component' | 'isHealthy'>;
  readonly breakers: {
    readonly database: Pick<CircuitBreaker, 'state'>;
    readonly messageQueue: Pick<CircuitBreaker, 'state'>;
  };
  /** Connections at the most, open ones, and those of them that are free. */
  readonly pool: {
    readonly options: { readonly max: number };
    readonly totalCount: number;
    readonly idleCount: number;
  };
  readonly engine: () => EngineStatus;
}

const toWireExecutor = ({ active, max, queueDepth }: ExecutorStatus) => ({ active, max, queue_depth: queueDepth });

/**
 * Gives orchestration's health: `unhealthy` while the database or the message queue is, `degraded` while it polls because its
 * listener is down. Ready while it is not unhealthy and the database's breaker is not open.
 */
export function createHealth({ monitor, breakers, pool, engine }: HealthDeps): HealthSource {
  const databaseStatus = () => (monitor.component('database').isHealthy ? 'connected' : 'disconnected');

  function statusOf({ polling }: EngineStatus): HealthReport['status'] {
    if (!monitor.isHealthy) return 'unhealthy';
    return polling.fallbackTriggered ? 'degraded' : 'healthy';
  }

  return {
    async summary() {
      return {
        status: statusOf(engine()),
        timestamp: new Date().toISOString(),
        database: databaseStatus(),
        message_queue: monitor.component('message_queue').isHealthy ? 'operational' : 'unavailable',
      };
    },

    async detailed() {
      const status = engine();
      const { deploymentMode, eventListeners, polling, executors } = status;
      const { active, channels, lagMs } = eventListeners;
      return {
        status: statusOf(status),
        timestamp: new Date().toISOString(),
        deployment_mode: deploymentMode,
        event_listeners: { active, channels, lag_ms: lagMs === null ? null : Math.round(lagMs) },
        polling: { active: polling.active, fallback_triggered: polling.fallbackTriggered },
        database: {
          status: databaseStatus(),
          pool_size: pool.options.max,
          active_connections: pool.totalCount - pool.idleCount,
        },
        circuit_breakers: { database: breakers.database.state, message_queue: breakers.messageQueue.state },
        executors: {
          task_initializer: toWireExecutor(executors.task_initializer),
          result_processor: toWireExecutor(executors.result_processor),
          step_enqueuer: toWireExecutor(executors.step_enqueuer),
        },
      };
    },

    async isReady() {
      return monitor.isHealthy && breakers.database.state !== 'open';
    },
  };
}
