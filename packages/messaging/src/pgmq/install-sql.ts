import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The release of the PGMQ SQL API that the files in `sql/` provide. */
export const PGMQ_API_VERSION = '1.11.0';

/**
 * Grows by one with every change to the files in `sql/`; a database that records a smaller one is upgraded.
 * Every statement there can be run again, so an upgrade is a run of all files: a change that `create or replace`
 * cannot make (a return type, a column) brings its own guarded `drop` or `alter` in the file.
 */
export const PGMQ_SQL_REVISION = 2;

// src/pgmq and dist/pgmq both lie two levels below the package root.
const sqlFolder = path.join(__dirname, '..', '..', 'sql');

/**
 * The SQL of the queue schema, all files in order of installation.
 * Read at each call: it is needed at most once per database.
 */
export async function readInstallSql(): Promise<string> {
  const names = (await readdir(sqlFolder)).filter((name) => /^\d{2}-.*\.sql$/.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(path.join(sqlFolder, name), 'utf8')));
  return files.join('\n');
}

/** What `comment on table pgmq.meta` says where this package installed the schema. */
export function versionComment(revision: number): string {
  return `tasker pgmq ${PGMQ_API_VERSION}+${revision}`;
}

/** Reads {@link versionComment} back; null for a comment that is not ours. */
export function parseVersionComment(comment: string | null): { version: string; revision: number } | null {
  const match = /^tasker pgmq (\S+\+(\d+))$/.exec(comment ?? '');
  return match?.[1] === undefined ? null : { version: match[1], revision: Number(match[2]) };
}

const INSTALL_LOCK_KEY = 'tasker pgmq install';

/**
 * One statement that installs or upgrades the schema, atomic wherever it runs: in a transaction of the caller, on a
 * pool that may use any connection, or behind a transaction pooler. The advisory lock makes concurrent installers take
 * turns; who comes second finds the recorded revision and does nothing.
 */
export function buildInstallStatement(installSql: string, revision: number): string {
  return `do $tasker_pgmq_install$
declare
  recorded integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('${INSTALL_LOCK_KEY}', 0));
  recorded := substring(obj_description(to_regclass('pgmq.meta'), 'pg_class') from '^tasker pgmq .*\\+(\\d+)$');
  if recorded >= ${revision} then
    return;
  end if;
  execute $tasker_pgmq_sql$
${installSql}
comment on table pgmq.meta is '${versionComment(revision)}';
  $tasker_pgmq_sql$;
end
$tasker_pgmq_install$`;
}
