import { dirname, join } from 'node:path';
import { startPostgres } from '@tasker/embedded-postgres';
import { createStack, type ServiceStack } from '@tasker/lifecycle';
import { type MigrationReport, migrate } from '@tasker/store';
import { type Client, createClient } from '../client';
import { CliError, EXIT_CODES, messageOf } from '../errors';
import { registerFiles } from '../register-files';
import type { TemplateFile } from './find-templates';
import { type ServiceProcess, startServiceProcess } from './service-process';

/** Names of the processes, as their lines are marked. */
export type ServiceName = 'orchestration' | 'worker';

/** What to run, and where. */
export interface StackOptions {
  /** The database to use, or where an embedded one keeps its data; null for one that is thrown away. */
  readonly database: { readonly url: string } | { readonly dataDirectory: string | null };
  readonly templates: readonly TemplateFile[];
  /** Modules or directories with handlers. */
  readonly handlers: readonly string[];
  readonly port: number;
  readonly workerPort: number;
  readonly logLevel: string;
  /** Told what happens, in a few words each. */
  readonly onStage: (text: string) => void;
  /** Each line that a process writes. */
  readonly onLine: (service: ServiceName, line: string) => void;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** A running database, orchestrator and worker. */
export interface Stack {
  readonly client: Client;
  readonly workerUrl: string;
  readonly databaseUrl: string;
  /** Resolves when one of the processes has ended by itself. */
  readonly died: Promise<CliError>;
  /** Stops the worker, the orchestrator, and the database if it is ours, in this order. */
  stop(): Promise<void>;
}

async function startDatabase({ database, onStage, signal }: StackOptions, stack: ServiceStack): Promise<string> {
  if ('url' in database) {
    onStage(`PostgreSQL: ${hidePassword(database.url)}`);
    return database.url;
  }
  const { dataDirectory } = database;
  const server = await startPostgres({
    signal,
    ...(dataDirectory === null ? { settings: { fsync: 'off' } } : { dataDirectory }),
  });
  stack.defer(() => server.stop());
  const kept = dataDirectory === null ? 'its data is thrown away at the end' : `its data stays in ${dataDirectory}`;
  onStage(`PostgreSQL ${server.version} (${server.source}) on port ${server.port}; ${kept}`);
  return server.connectionString;
}

function hidePassword(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'as DATABASE_URL says';
  const url = new URL(databaseUrl);
  url.password = url.password === '' ? '' : '***';
  return url.toString();
}

async function migrateDatabase(databaseUrl: string): Promise<MigrationReport> {
  return migrate(databaseUrl).catch((cause: unknown) => {
    throw new CliError(
      `the database cannot be used: ${messageOf(cause)}`,
      EXIT_CODES.unreachable,
      'UNREACHABLE',
      null,
      {
        cause,
      },
    );
  });
}

/** Any free one: several stacks may run on one machine. The processes log which. */
const FREE_PORT = '127.0.0.1:0';

/** The built `main.js` of one of our apps. */
function mainOf(packageEntry: string): string {
  return join(dirname(packageEntry), '..', 'dist', 'main.js');
}

/**
 * Starts everything that workflows need: a database with the current schema, an orchestrator with the templates, and a
 * worker with the handlers, both as processes of their own on the loopback interface. What was started is stopped again
 * when something fails.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { templates, handlers, port, workerPort, logLevel, onStage, onLine, signal } = options;
  const stack = createStack();
  const running: ServiceProcess[] = [];
  const run = async (name: ServiceName, script: string, onPort: number, env: Record<string, string>) => {
    const bind = `127.0.0.1:${onPort}`;
    const process = await startServiceProcess({
      name,
      script,
      env: { LOG_LEVEL: logLevel, TASKER_WEB_BIND_ADDRESS: bind, ...env },
      readyUrl: `http://${bind}/health/ready`,
      onLine: (line) => onLine(name, line),
      signal,
    });
    stack.defer(() => process.stop());
    running.push(process);
    onStage(`${name}: http://${bind} (process ${process.pid})`);
  };
  try {
    const databaseUrl = await startDatabase(options, stack);
    const { applied, total } = await migrateDatabase(databaseUrl);
    onStage(
      applied.length === 0 ? `schema: current (${total} migrations)` : `schema: ${applied.length} migration(s) applied`,
    );
    // A DATABASE_LISTEN_URL of the surroundings belongs to their database, not to an embedded one.
    const environment = {
      DATABASE_URL: databaseUrl,
      TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: FREE_PORT,
      TASKER_WORKER_GRPC_BIND_ADDRESS: FREE_PORT,
      ...('url' in options.database ? {} : { DATABASE_LISTEN_URL: databaseUrl }),
    };
    await run('orchestration', mainOf(require.resolve('@tasker/orchestration')), port, environment);
    const client = createClient(`http://127.0.0.1:${port}`);
    for (const { status, namespace, name, version } of await registerFiles(
      client,
      templates.map(({ file }) => file),
    )) {
      onStage(`template ${namespace}/${name} ${version}: ${status}`);
    }
    await run('worker', mainOf(require.resolve('@tasker/worker')), workerPort, {
      ...environment,
      TASKER_HANDLERS: handlers.join(','),
      WORKER_NAMESPACES: [...new Set(templates.map(({ template }) => template.namespace))].join(','),
    });
    return {
      client,
      workerUrl: `http://127.0.0.1:${workerPort}`,
      databaseUrl,
      died: Promise.race(running.map(({ died }) => died)),
      stop: () => stack.stop(),
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
