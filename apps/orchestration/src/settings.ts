import { ConfigError, type Environment } from '@tasker/config';
import { type LogLevel, logLevels } from '@tasker/telemetry';

/** What an orchestration process is told by its environment. */
export interface OrchestrationSettings {
  readonly databaseUrl: string;
  readonly listenUrl: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
  readonly maxConnections: number;
  /** Name of the environment, for the overrides in templates. */
  readonly environment: string;
}

function readLogLevel(environment: Environment): LogLevel {
  const level = environment.find('LOG_LEVEL') ?? 'info';
  const known = logLevels.find((one) => one === level);
  if (known === undefined) throw new ConfigError(`LOG_LEVEL is '${level}': it must be one of ${logLevels.join(', ')}`);
  return known;
}

/** Reads the settings. @throws {ConfigError} that names the variable and what to give. */
export function readSettings(environment: Environment): OrchestrationSettings {
  const databaseUrl = environment.get('DATABASE_URL');
  return {
    databaseUrl,
    listenUrl: environment.find('DATABASE_LISTEN_URL') ?? databaseUrl,
    bindAddress: environment.find('TASKER_WEB_BIND_ADDRESS') ?? '0.0.0.0:8080',
    logLevel: readLogLevel(environment),
    environment: environment.find('TASKER_ENV') ?? 'development',
    maxConnections: environment.integer('DATABASE_MAX_CONNECTIONS', { min: 2, max: 1000, fallback: 10 }),
  };
}
