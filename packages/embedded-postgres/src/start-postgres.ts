import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type DataPlace, prepareDataPlace } from './data-place';
import { PostgresStartError } from './errors';
import { getBinaries, type PostgresBinaries } from './find-binaries';
import {
  answersOn,
  connectionStringFor,
  endServer,
  findRunningServer,
  isLockAlive,
  readPostmasterFile,
} from './running-server';
import { decideServerIdentity, type ServerIdentity } from './server-identity';
import { initdbArguments, postgresArguments } from './server-settings';
import { type SupervisedServer, superviseServer } from './supervised-server';

/** The part of a logger that this package uses. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
}

/** How to start a server. */
export interface StartPostgresOptions {
  /** Where data lives. Kept and reused when given; else a temporary directory that is removed on stop. */
  readonly dataDirectory?: string;
  /** @default a free port */
  readonly port?: number;
  /** Server settings that win over the defaults, for example `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Keeps a temporary directory on stop, to look into it. @default false */
  readonly keepData?: boolean;
  /** Which programs may be used, in the order embedded, installed. @default both */
  readonly sources?: readonly PostgresBinaries['source'][];
  /** How long to wait for the first answer; crash recovery counts. @default 60_000 milliseconds */
  readonly startTimeoutMs?: number;
  readonly logger?: Logger;
  /** Gives up starting; a server that has started is not affected. */
  readonly signal?: AbortSignal;
}

/** A running server. */
export interface PostgresServer extends AsyncDisposable {
  /** The database `tasker`, as a superuser, without a password: the server listens on the loopback interface only. */
  readonly connectionString: string;
  readonly port: number;
  readonly version: string;
  readonly pid: number;
  readonly source: 'embedded' | 'installed';
  /** False when another process started the server of this data directory; `stop` then leaves it running. */
  readonly isOwner: boolean;
  readonly dataDirectory: string;
  /** Ends the server by a fast shutdown; safe to call twice. */
  stop(): Promise<void>;
}

const DEFAULT_START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 5;
const READY_POLL_MS = 20;
const LOST_RACE = /Address already in use|"postmaster\.pid" (already exists|is empty)|exists but is not empty/;

/**
 * Starts a real PostgreSQL server on the loopback interface and creates the database `tasker`.
 *
 * The server ends with `stop`, and also when this process dies for whatever reason. Root runs it as `nobody`. A second
 * process that names the same data directory shares the server of the first. Installs no signal handlers.
 *
 * @throws {PostgresUnavailableError} when no server programs are found.
 * @throws {PostgresStartError} when the server does not start; the message holds the end of its log.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const directory = options.dataDirectory === undefined ? undefined : resolve(options.dataDirectory);
  const identity = await decideServerIdentity(directory);
  const binaries = await getBinaries(identity, options.sources);
  if (directory !== undefined) {
    const shared = await shareServer(directory, binaries, options);
    if (shared !== null) return shared;
  }
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const place = await prepareDataPlace(directory, identity, binaries, options.keepData === true);
    const port = options.port ?? (await findFreePort());
    const result = await launch({ place, port, identity, binaries, options });
    if (result !== null) return result;
    const shared = directory === undefined ? null : await shareServer(directory, binaries, options);
    if (shared !== null) return shared;
    if (attempt === PORT_ATTEMPTS || options.port !== undefined) {
      throw new PostgresStartError(`PostgreSQL could not use port ${port} of 127.0.0.1: choose another one.`);
    }
  }
}

/** Null when no live server holds the directory. One that is still starting is waited for. */
async function shareServer(
  dataDirectory: string,
  binaries: PostgresBinaries,
  options: StartPostgresOptions,
): Promise<PostgresServer | null> {
  const deadline = AbortSignal.timeout(options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS);
  while ((await isLockAlive(dataDirectory)) && !deadline.aborted) {
    options.signal?.throwIfAborted();
    const running = await findRunningServer(dataDirectory);
    if (running !== null) {
      await createTaskerDatabase(running.port);
      return describeServer({ ...running, dataDirectory, binaries, stop: null });
    }
    await delay(READY_POLL_MS);
  }
  return null;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new PostgresStartError('No free port on 127.0.0.1.');
  return address.port;
}

interface Launch {
  readonly place: DataPlace;
  readonly port: number;
  readonly identity: ServerIdentity;
  readonly binaries: PostgresBinaries;
  readonly options: StartPostgresOptions;
}

/** Null when the port or the directory went to somebody else meanwhile. */
async function launch({ place, port, identity, binaries, options }: Launch): Promise<PostgresServer | null> {
  const { initialise, dataDirectory } = place;
  // Not in the data directory: of several starters on a new one, each has to see why its own server went.
  const logDirectory = await mkdtemp(join(tmpdir(), 'tasker-postgres-log-'));
  const server = superviseServer({
    identity,
    initdb: initialise && {
      ...initialise,
      command: binaries.initdb,
      args: initdbArguments(initialise.directory, binaries.majorVersion, { durable: initialise.moveTo !== null }),
    },
    postgres: {
      command: binaries.postgres,
      args: postgresArguments(dataDirectory, port, binaries, options.settings ?? {}),
    },
    logFile: join(logDirectory, 'server.log'),
    removeAtEnd: [...place.removeAtEnd, logDirectory],
  });
  try {
    if (!(await waitUntilReady(server, port, dataDirectory, options))) return null;
    await createTaskerDatabase(port);
    const pid = (await readPostmasterFile(dataDirectory))?.pid ?? 0;
    const stop = async () => {
      await server.stop();
      // Only when somebody has killed the supervisor alone.
      await endServer(dataDirectory, pid);
    };
    options.logger?.info('postgres started', { port, pid, version: binaries.version, source: binaries.source });
    return describeServer({ pid, port, dataDirectory, binaries, stop });
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    if (initialise?.moveTo != null) await rm(initialise.directory, { recursive: true, force: true });
  }
}

async function waitUntilReady(
  server: SupervisedServer,
  port: number,
  dataDirectory: string,
  options: StartPostgresOptions,
): Promise<boolean> {
  const timeoutMs = options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  while (!deadline.aborted) {
    options.signal?.throwIfAborted();
    if (server.hasExited()) {
      if (LOST_RACE.test(server.logTail())) return false;
      throw new PostgresStartError(`PostgreSQL did not start. The end of its log:\n${server.logTail()}`);
    }
    if (await answersOn(port, dataDirectory)) return true;
    await delay(READY_POLL_MS);
  }
  throw new PostgresStartError(`PostgreSQL did not answer within ${timeoutMs} ms. Its log:\n${server.logTail()}`);
}

async function createTaskerDatabase(port: number): Promise<void> {
  const client = new Client({ connectionString: connectionStringFor(port, 'postgres') });
  await client.connect();
  try {
    await client.query('create database tasker');
  } catch (error) {
    // 42P04: it exists; 23505: another process creates it in this very moment.
    const { code } = error as { code?: string };
    if (code !== '42P04' && code !== '23505') throw error;
  } finally {
    await client.end();
  }
}

function describeServer(server: {
  pid: number;
  port: number;
  dataDirectory: string;
  binaries: PostgresBinaries;
  stop: (() => Promise<void>) | null;
}): PostgresServer {
  const stop = server.stop ?? (async () => {});
  return {
    connectionString: connectionStringFor(server.port),
    port: server.port,
    version: server.binaries.version,
    pid: server.pid,
    source: server.binaries.source,
    isOwner: server.stop !== null,
    dataDirectory: server.dataDirectory,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
