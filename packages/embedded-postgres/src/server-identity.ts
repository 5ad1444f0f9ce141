import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** The user and group that a server runs as, in the form that `child_process.spawn` takes; empty means "as ourselves". */
export interface ServerIdentity {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = 65_534;

async function idOfNobody(flag: '-u' | '-g'): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('id', [flag, 'nobody']);
    return Number.parseInt(stdout, 10);
  } catch {
    return NOBODY;
  }
}

/**
 * Decides who runs the server. PostgreSQL refuses to run as root, so root runs it as the owner of an existing data
 * directory or else as `nobody`; everybody else runs it as themselves.
 */
export async function decideServerIdentity(dataDirectory?: string): Promise<ServerIdentity> {
  if (process.getuid?.() !== 0) return {};
  const owner = dataDirectory === undefined ? null : await stat(`${dataDirectory}/PG_VERSION`).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return { uid: await idOfNobody('-u'), gid: await idOfNobody('-g') };
}

/** Tells whether the permission bits let that user pass through `directory` and all directories above it. */
export async function canReach(directory: string, identity: ServerIdentity): Promise<boolean> {
  if (identity.uid === undefined) return true;
  for (let current = directory; ; current = dirname(current)) {
    const entry = await stat(current);
    const needed = entry.uid === identity.uid ? 0o100 : entry.gid === identity.gid ? 0o010 : 0o001;
    if ((entry.mode & needed) === 0) return false;
    if (current === dirname(current)) return true;
  }
}
