import { ConfigError, type Environment } from '@tasker/config';
import { type LogLevel, logLevels } from '@tasker/telemetry';
import { SettingsError } from './errors';
import type { WakeupMode } from './step-wakeups';
import { DEFAULT_TUNING, type WorkerTuning } from './worker-tuning';

/** What a worker process is told by its environment. */
export interface WorkerSettings {
  readonly databaseUrl: string;
  /** Direct connection for LISTEN, when `databaseUrl` goes through a pooler. */
  readonly listenUrl: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
  readonly mode: WakeupMode;
  readonly maxConnections: number;
  /** Modules or directories with handlers. */
  readonly handlerPaths: readonly string[];
  /** Served namespaces; empty when they are those of the templates at `templatePath`. */
  readonly namespaces: readonly string[];
  readonly templatePath: string | null;
  readonly tuning: Partial<WorkerTuning>;
}

const MODES: readonly WakeupMode[] = ['Hybrid', 'EventDrivenOnly', 'PollingOnly'];
const NAMESPACE = /^[a-z_][a-z0-9_]{0,28}$/;
const DAY_MS = 86_400_000;

/** Reads the settings. @throws {SettingsError} that lists every problem with its variable and what to give. */
export function readSettings(environment: Environment): WorkerSettings {
  const problems: string[] = [];
  const attempt = <Value>(read: () => Value, substitute: Value): Value => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error.message);
      return substitute;
    }
  };
  const databaseUrl = attempt(() => environment.get('DATABASE_URL'), '');
  const settings: WorkerSettings = {
    databaseUrl,
    listenUrl: attempt(() => environment.find('DATABASE_LISTEN_URL'), undefined) ?? databaseUrl,
    bindAddress: environment.find('TASKER_WEB_BIND_ADDRESS') ?? '0.0.0.0:8081',
    logLevel: attempt(() => readChoice(environment, 'LOG_LEVEL', logLevels, 'info'), 'info'),
    mode: attempt(() => readMode(environment), 'Hybrid'),
    maxConnections: attempt(() => readNumber(environment, 'DATABASE_MAX_CONNECTIONS', 2, 1_000, 6), 6),
    handlerPaths: attempt(() => readHandlerPaths(environment), []),
    namespaces: attempt(() => readNamespaces(environment), []),
    templatePath: environment.find('TASKER_TEMPLATE_PATH') ?? null,
    tuning: attempt(() => readTuning(environment), {}),
  };
  if (settings.namespaces.length === 0 && settings.templatePath === null) {
    problems.push('WORKER_NAMESPACES is not set: name the namespaces to serve, or give TASKER_TEMPLATE_PATH');
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function readChoice<Choice extends string>(
  environment: Environment,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const text = environment.find(name) ?? fallback;
  const known = choices.find((choice) => choice === text);
  if (known === undefined) throw new ConfigError(`${name} is '${text}': it must be one of ${choices.join(', ')}`);
  return known;
}

function readMode(environment: Environment): WakeupMode {
  const names = ['TASKER_DEPLOYMENT_MODE', 'DEPLOYMENT_MODE'] as const;
  const [first, second] = names.filter((name) => environment.find(name) !== undefined);
  if (first !== undefined && second !== undefined && environment.find(first) !== environment.find(second)) {
    throw new ConfigError(`${first} and ${second} are both set and differ: set one of them`);
  }
  return readChoice(environment, first ?? names[0], MODES, 'Hybrid');
}

function readHandlerPaths(environment: Environment): readonly string[] {
  const paths = environment.list('TASKER_HANDLERS');
  if (paths.length > 0) return paths;
  throw new ConfigError('TASKER_HANDLERS is not set: name modules or directories with handlers, separated by commas');
}

function readNamespaces(environment: Environment): readonly string[] {
  const namespaces = [...new Set(environment.list('WORKER_NAMESPACES'))];
  const wrong = namespaces.find((namespace) => !NAMESPACE.test(namespace));
  if (wrong === undefined) return namespaces;
  const rule = 'a namespace has at most 29 lower-case letters, digits and underscores and starts with no digit';
  throw new ConfigError(`WORKER_NAMESPACES has '${wrong}': ${rule}`);
}

function readTuning(environment: Environment): Partial<WorkerTuning> {
  const read = (name: string, min: number, max: number, fallback: number) =>
    readNumber(environment, name, min, max, fallback);
  const maxConcurrent = read('TASKER_WORKER_CONCURRENCY', 1, 10_000, DEFAULT_TUNING.maxConcurrent);
  return {
    maxConcurrent,
    prefetch: maxConcurrent,
    leaseMs: read('TASKER_WORKER_LEASE_MS', 3_000, DAY_MS, DEFAULT_TUNING.leaseMs),
    defaultTimeoutMs: read('TASKER_WORKER_HANDLER_TIMEOUT_MS', 100, DAY_MS, DEFAULT_TUNING.defaultTimeoutMs),
    pollIntervalMs: read('TASKER_WORKER_POLL_INTERVAL_MS', 100, 600_000, DEFAULT_TUNING.pollIntervalMs),
    shutdownTimeoutMs: read('TASKER_WORKER_SHUTDOWN_TIMEOUT_MS', 0, 3_600_000, DEFAULT_TUNING.shutdownTimeoutMs),
  };
}

function readNumber(environment: Environment, name: string, min: number, max: number, fallback: number): number {
  return environment.integer(name, { min, max, fallback });
}
