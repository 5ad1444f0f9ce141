import type { VariableBindings } from '@tasker/config';

/** Which process the settings are for; null for both, as tools see them. */
export type ProcessKind = 'orchestration' | 'worker' | null;

/** What variables for any key begin with: `TASKER__database__max_connections`. */
export const VARIABLE_PREFIX = 'TASKER';

/** The variable that names the environment. */
export const ENVIRONMENT_VARIABLE = 'TASKER_ENV';

/** The variable that names the directory of the files. */
export const DIRECTORY_VARIABLE = 'TASKER_CONFIG_DIR';

const MODE_KEYS = ['orchestration.deployment_mode', 'worker.deployment_mode'];

/** The variables with names of their own, and the keys that they give in a process of a kind. */
export function variableBindings(kind: ProcessKind): VariableBindings {
  const servers = kind === null ? ['orchestration', 'worker'] : [kind];
  return {
    DATABASE_URL: ['database.url'],
    DATABASE_LISTEN_URL: ['database.listen_url'],
    TASKER_DEPLOYMENT_MODE: MODE_KEYS,
    DEPLOYMENT_MODE: MODE_KEYS,
    TASKER_MESSAGING_BACKEND: ['messaging.backend'],
    RABBITMQ_URL: ['rabbitmq.url'],
    TASKER_WEB_BIND_ADDRESS: servers.map((server) => `${server}.web.bind_address`),
    TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: ['orchestration.grpc.bind_address'],
    TASKER_WORKER_GRPC_BIND_ADDRESS: ['worker.grpc.bind_address'],
    WORKER_NAMESPACES: ['worker.namespaces'],
    TASKER_TEMPLATE_PATH: ['worker.template_path'],
    TASKER_HANDLERS: ['worker.handlers'],
    LOG_LEVEL: ['telemetry.log_level'],
  };
}
