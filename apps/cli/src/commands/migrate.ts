import { readEnvironment } from '@tasker/config';
import { migrate } from '@tasker/store';
import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, EXIT_CODES, messageOf, usageError } from '../errors';
import { examples, wantsJson } from '../global-options';

const PGMQ = {
  extension: "PGMQ: the server's extension",
  installed: 'PGMQ: installed its SQL API, since the server has no extension',
  present: 'PGMQ: its SQL API was there already',
} as const;

/** Errors of the system and of PostgreSQL (class 08, 28, 57P, 3D000) that mean: no connection. */
const NO_CONNECTION = /^(E[A-Z_]+|08.*|28.*|57P.*|3D000)$/;

function toCliError(cause: unknown): CliError {
  const code = String((cause as { code?: unknown } | null)?.code ?? '');
  return NO_CONNECTION.test(code)
    ? new CliError(
        `cannot use the database: ${messageOf(cause)}\nIs it running, and is its URL right?`,
        EXIT_CODES.unreachable,
        'UNREACHABLE',
        undefined,
        { cause },
      )
    : new CliError(`the migration failed: ${messageOf(cause)}`, EXIT_CODES.failed, 'MIGRATION_FAILED', undefined, {
        cause,
      });
}

/** Adds `tasker migrate`. */
export function addMigrateCommand(parent: Command, console: Console): void {
  parent
    .command('migrate')
    .summary('bring a database to this version')
    .description('Brings a database to the schema of this version. Safe to repeat, and from several places at once.')
    .option('--database-url <url>', 'a direct connection (default: DATABASE_URL)')
    .addHelpText('after', examples('tasker migrate --database-url postgresql://tasker@localhost:5432/tasker'))
    .action(async ({ databaseUrl }: { databaseUrl?: string }, command: Command) => {
      const url = databaseUrl ?? readEnvironment(console.env).find('DATABASE_URL');
      if (url === undefined) throw usageError('which database? Give --database-url or set DATABASE_URL');
      const report = await migrate(url).catch((cause: unknown) => {
        throw toCliError(cause);
      });
      if (wantsJson(command)) return writeJson(console, report);
      for (const name of report.applied) writeLine(console.stdout, `applied ${name}`);
      writeLine(console.stdout, PGMQ[report.pgmq]);
      const done = report.applied.length === 0 ? 'nothing to do' : `${report.applied.length} migration(s) applied`;
      writeLine(console.stdout, `${done}; the database has ${report.total}`);
    });
}
