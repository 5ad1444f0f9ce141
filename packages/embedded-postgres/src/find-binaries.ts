import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { copyToReadablePlace, findEmbeddedPackage, restoreSymlinks } from './embedded-package';
import { PostgresUnavailableError } from './errors';
import type { ServerIdentity } from './server-identity';

const run = promisify(execFile);

/** PostgreSQL server programs that were seen to run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** For example `18.4`. */
  readonly version: string;
  readonly majorVersion: number;
  readonly source: 'embedded' | 'installed';
  /** The build has the `pg_stat_statements` module. */
  readonly hasStatementStatistics: boolean;
}

async function probe(
  directory: string,
  source: PostgresBinaries['source'],
  identity: ServerIdentity,
): Promise<PostgresBinaries | null> {
  const postgres = join(directory, 'postgres');
  const initdb = join(directory, 'initdb');
  if (!existsSync(initdb)) return null;
  const options = { ...identity, cwd: '/' };
  try {
    const { stdout } = await run(postgres, ['--version'], options);
    await run(initdb, ['--version'], options);
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0];
    if (version === undefined) return null;
    const hasStatementStatistics = hasModule(directory, 'pg_stat_statements');
    return { initdb, postgres, version, majorVersion: Number.parseInt(version, 10), source, hasStatementStatistics };
  } catch {
    return null;
  }
}

function hasModule(binDirectory: string, name: string): boolean {
  const prefix = dirname(binDirectory);
  return ['lib/postgresql', 'lib'].some((lib) =>
    ['so', 'dylib'].some((suffix) => existsSync(join(prefix, lib, `${name}.${suffix}`))),
  );
}

async function findEmbedded(identity: ServerIdentity): Promise<PostgresBinaries | null> {
  const packageDirectory = findEmbeddedPackage();
  if (packageDirectory === null) return null;
  const inPlace = await restoreSymlinks(packageDirectory).then(
    () => probe(join(packageDirectory, 'native/bin'), 'embedded', identity),
    () => null,
  );
  if (inPlace !== null) return inPlace;
  const copy = await copyToReadablePlace(packageDirectory, identity);
  return probe(join(copy, 'native/bin'), 'embedded', identity);
}

/** Newest first within each place. */
async function listInstalledDirectories(): Promise<string[]> {
  const configured = await run('pg_config', ['--bindir']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const versioned: string[] = [];
  for (const root of ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']) {
    const entries = await readdir(root).catch(() => []);
    const versions = entries.filter((entry) => /^(postgresql@)?\d+$/.test(entry) || entry === 'postgresql');
    versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    versioned.push(...versions.map((entry) => join(root, entry, 'bin')));
  }
  return [...configured, ...versioned, '/usr/local/pgsql/bin'];
}

/**
 * Gets server programs that run as `identity`: the platform package of this version, else an installed PostgreSQL.
 *
 * @throws {PostgresUnavailableError} when neither is there; the message says what to do.
 */
export async function getBinaries(
  identity: ServerIdentity,
  allowed: readonly PostgresBinaries['source'][] = ['embedded', 'installed'],
): Promise<PostgresBinaries> {
  const embedded = allowed.includes('embedded') ? await findEmbedded(identity) : null;
  if (embedded !== null) return embedded;
  if (allowed.includes('installed')) {
    for (const directory of await listInstalledDirectories()) {
      const installed = await probe(directory, 'installed', identity);
      if (installed !== null) return installed;
    }
  }
  throw new PostgresUnavailableError(
    `No PostgreSQL server was found for ${process.platform}-${process.arch}. Install PostgreSQL 15 or newer, ` +
      'or set DATABASE_URL to a server that is already running.',
  );
}
