import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const END_POLL_MS = 20;
/** Longer than a server needs to fill the lock file that it has made. */
const FILL_MS = 10_000;

/** What `postmaster.pid` says about the server of a data directory. */
export interface PostmasterFile {
  readonly pid: number;
  /** Null while the server has not come as far as opening its port. */
  readonly port: number | null;
}

/** The connection string of a database on the loopback server at `port`. */
export function connectionStringFor(port: number, database = 'tasker'): string {
  return `postgresql://tasker@127.0.0.1:${port}/${database}`;
}

/** Reads the lock file of a data directory; null when there is none. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | null> {
  const lines = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number.parseInt(lines[0] ?? '', 10);
  const port = Number.parseInt(lines[3] ?? '', 10);
  return Number.isNaN(pid) ? null : { pid, port: Number.isNaN(port) ? null : port };
}

/** Tells whether the server of exactly this data directory answers on `port`, and not a stranger that took the port. */
export async function answersOn(port: number, dataDirectory: string): Promise<boolean> {
  const client = new Client({
    connectionString: connectionStringFor(port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return (await realpath(rows[0]?.data_directory ?? '')) === (await realpath(dataDirectory));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Finds the server that already runs on a data directory and answers; null when there is none. */
export async function findRunningServer(dataDirectory: string): Promise<{ pid: number; port: number } | null> {
  const file = await readPostmasterFile(dataDirectory);
  if (file === null || file.port === null || !(await answersOn(file.port, dataDirectory))) return null;
  return { pid: file.pid, port: file.port };
}

async function commandOf(pid: number): Promise<string | null> {
  try {
    return process.platform === 'linux'
      ? await readFile(`/proc/${pid}/comm`, 'utf8')
      : (await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)])).stdout;
  } catch {
    return null;
  }
}

/** A server works in its data directory. Null when the system does not tell, as for the processes of other users. */
async function workingDirectoryOf(pid: number): Promise<string | null> {
  return readlink(`/proc/${pid}/cwd`).catch(() => null);
}

/** Tells whether the process that the lock file names lives and is a server of this very directory. */
export async function isLockAlive(dataDirectory: string): Promise<boolean> {
  const file = await readPostmasterFile(dataDirectory);
  if (file === null || !(await commandOf(file.pid))?.includes('postgres')) return false;
  const workingDirectory = await workingDirectoryOf(file.pid);
  return workingDirectory === null || workingDirectory === (await realpath(dataDirectory));
}

/**
 * Removes the lock file that a crash left behind when its process id now belongs to another program. PostgreSQL itself
 * handles an id that is free, but refuses to start for one that is in use, which is usual after a container restarts, and
 * for a file that the machine's crash left empty. A file that another process makes at this moment stays.
 */
export async function removeStaleLock(dataDirectory: string): Promise<void> {
  const path = join(dataDirectory, 'postmaster.pid');
  const found = await stat(path).catch(() => null);
  if (found === null || (found.size === 0 && Date.now() - found.mtimeMs < FILL_MS)) return;
  if (!(await isLockAlive(dataDirectory))) await rm(path, { force: true });
}

/** Ends a server by a fast shutdown if it still runs on its directory, and resolves when it has ended. */
export async function endServer(dataDirectory: string, pid: number): Promise<void> {
  const isAlive = async () =>
    (await readPostmasterFile(dataDirectory))?.pid === pid && (await isLockAlive(dataDirectory));
  if (!(await isAlive())) return;
  process.kill(pid, 'SIGINT');
  while (await isAlive()) await delay(END_POLL_MS);
}
