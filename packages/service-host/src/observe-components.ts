import type { Logger, Metrics } from '@tasker/telemetry';
import type { ComponentHealth } from './health-monitor';

/** Gives a monitor's `onChange` that feeds the metrics and logs who turned: `warn` for the worse, `info` for the better. */
export function observeComponents(metrics: Metrics, logger: Logger): (component: ComponentHealth) => void {
  return ({ name, isHealthy, problem }) => {
    metrics.set('tasker_health_status', { component: name }, isHealthy ? 1 : 0);
    if (isHealthy) logger.info('component is healthy', { component: name });
    else logger.warn('component is unhealthy', { component: name, problem });
  };
}
