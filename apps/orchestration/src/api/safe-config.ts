import { readVersion } from '@tasker/service-host';
import type { Settings } from '@tasker/settings';
import { ORCHESTRATION_QUEUES } from '@tasker/store';
import type { SafeConfig } from './config-operations';

/** Gives what may be shown of an orchestrator's settings. */
export function toSafeConfig(
  { database, orchestration, circuit_breakers, messaging }: Settings,
  environment: string,
): SafeConfig {
  const breaker = circuit_breakers.database;
  return {
    metadata: { environment, version: readVersion() },
    auth: { enabled: false },
    circuit_breakers: {
      enabled: breaker.enabled,
      failure_threshold: breaker.error_threshold,
      timeout_seconds: breaker.timeout_seconds,
      // The first trial that succeeds closes it.
      success_threshold: 1,
    },
    database_pools: {
      web_api_pool_size: database.max_connections,
      web_api_max_connections: database.max_connections,
    },
    deployment_mode: orchestration.deployment_mode,
    messaging: {
      backend: messaging.backend,
      queues: Object.values(ORCHESTRATION_QUEUES),
    },
  };
}
