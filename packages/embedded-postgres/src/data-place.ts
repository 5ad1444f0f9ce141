import { chown, mkdir, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findReachableTmpdir } from './embedded-package';
import { PostgresStartError } from './errors';
import type { PostgresBinaries } from './find-binaries';
import { removeStaleLock } from './running-server';
import { canReach, type ServerIdentity } from './server-identity';

/** Where a server keeps its data. */
export interface DataPlace {
  readonly dataDirectory: string;
  readonly removeAtEnd: readonly string[];
  /** Where initdb works and whereto the result moves; null when there is data already. */
  readonly initialise: { directory: string; moveTo: string | null } | null;
}

/**
 * Prepares the place of the data: a fresh temporary directory, or the given one. A directory that is not there yet is
 * initialised beside its place and moved there when whole, so that a crash or a race never leaves half of it.
 *
 * @throws {PostgresStartError} when the directory is unreachable, holds other files, or needs another PostgreSQL.
 */
export async function prepareDataPlace(
  directory: string | undefined,
  identity: ServerIdentity,
  binaries: PostgresBinaries,
  keepData: boolean,
): Promise<DataPlace> {
  if (directory === undefined) {
    const parent = await findReachableTmpdir(identity);
    const base = await makeOwnedDirectory(join(parent, 'tasker-postgres-'), identity);
    return {
      dataDirectory: base,
      removeAtEnd: keepData ? [] : [base],
      initialise: { directory: base, moveTo: null },
    };
  }
  await mkdir(dirname(directory), { recursive: true });
  if (!(await canReach(dirname(directory), identity))) {
    throw new PostgresStartError(
      `The user that runs PostgreSQL (uid ${identity.uid}) cannot reach ${directory}: choose a directory outside private homes.`,
    );
  }
  if (await holdsData(directory, binaries)) {
    await removeStaleLock(directory);
    return { dataDirectory: directory, removeAtEnd: [], initialise: null };
  }
  if (await isDirectory(directory)) {
    // Perhaps a mounted volume, which cannot be replaced by a rename.
    await giveTo(identity, directory);
    return { dataDirectory: directory, removeAtEnd: [], initialise: { directory, moveTo: null } };
  }
  const work = await makeOwnedDirectory(`${directory}.new-`, identity);
  return { dataDirectory: directory, removeAtEnd: [work], initialise: { directory: work, moveTo: directory } };
}

async function makeOwnedDirectory(prefix: string, identity: ServerIdentity): Promise<string> {
  const directory = await mkdtemp(prefix);
  await giveTo(identity, directory);
  return directory;
}

async function giveTo({ uid, gid }: ServerIdentity, directory: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function listEntries(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function holdsData(directory: string, binaries: PostgresBinaries): Promise<boolean> {
  if ((await listEntries(directory)).length === 0) return false;
  const major = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => null);
  if (major === null) throw new PostgresStartError(`${directory} is not empty and holds no PostgreSQL data.`);
  if (Number.parseInt(major, 10) !== binaries.majorVersion) {
    throw new PostgresStartError(
      `${directory} was written by PostgreSQL ${major.trim()}, but ${binaries.version} was found: ` +
        'install that version, or choose another directory.',
    );
  }
  return true;
}
