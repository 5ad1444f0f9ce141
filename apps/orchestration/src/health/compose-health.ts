import type { MessagingProvider } from '@tasker/messaging';
import {
  type CheckedHealthSource,
  createHealthMonitor,
  type HealthMonitor,
  observeComponents,
} from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import type { Database, TaskReader } from '@tasker/store';
import type { Logger, Metrics } from '@tasker/telemetry';
import { createCheckedHealth } from './create-checked-health';
import { createHealth, type HealthDeps } from './create-health';
import type { EngineStatus } from './engine-status';
import { countWork, createHealthChecks } from './health-checks';
import { createWorkDepths, type WorkDepths } from './work-depths';

/** What {@link composeHealth} works with. */
export interface ComposeHealthDeps extends Pick<HealthDeps, 'breakers' | 'pool'> {
  readonly settings: Settings['orchestration']['health'];
  /** Behind its breaker. */
  readonly database: Database;
  /** Behind its breaker. */
  readonly provider: Pick<MessagingProvider, 'health' | 'stats'>;
  readonly reader: Pick<TaskReader, 'countDueSteps'>;
  readonly engine: (depths: WorkDepths) => EngineStatus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Name of the environment. */
  readonly environment: string;
}

/** Gives orchestration's health, and the monitor to start and stop that it answers from. */
export function composeHealth(deps: ComposeHealthDeps): {
  readonly monitor: HealthMonitor;
  readonly health: CheckedHealthSource;
} {
  const { settings, database, provider, reader, metrics, logger, breakers, pool } = deps;
  const depths = createWorkDepths({ count: countWork(provider, reader) });
  const monitor = createHealthMonitor({
    intervalMs: settings.health_check_interval_ms,
    unhealthyThreshold: settings.unhealthy_threshold,
    recoveryThreshold: settings.recovery_threshold,
    checks: createHealthChecks({ database, provider, depths, logger }),
    onChange: observeComponents(metrics, logger),
  });
  const sources = { monitor, breakers, pool, engine: () => deps.engine(depths) };
  const health = createCheckedHealth(createHealth(sources), { ...sources, environment: deps.environment });
  return { monitor, health };
}
