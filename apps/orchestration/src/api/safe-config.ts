import { readVersion } from '@tasker/service-host';
import type { SafeConfig } from './config-operations';

/** Gives what may be shown of an orchestrator's settings. */
export function toSafeConfig(settings: { readonly environment: string; readonly maxConnections: number }): SafeConfig {
  const { environment, maxConnections } = settings;
  return {
    metadata: { environment, version: readVersion() },
    auth: { enabled: false },
    circuit_breakers: { enabled: false, failure_threshold: 0, timeout_seconds: 0, success_threshold: 0 },
    database_pools: { web_api_pool_size: maxConnections, web_api_max_connections: maxConnections },
    deployment_mode: 'Hybrid',
    messaging: {
      backend: 'pgmq',
      queues: ['orchestration_task_requests', 'orchestration_step_results', 'orchestration_task_finalizations'],
    },
  };
}
