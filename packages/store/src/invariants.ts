import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, selectRows } from './database';
import { sqlText } from './load-sql';

/** An invariant that does not hold. */
export interface BrokenInvariant {
  /** Name of the query: the file of that name in `sql/invariants` says what it means and what to do. */
  readonly invariant: string;
  /** What breaks it, at most 100 rows; the columns depend on the invariant, ids are always among them. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** How many offending rows of one invariant are given. */
const ROWS_MAX = 100;

function listQueries(folder: string): readonly string[] {
  const files = readdirSync(join(__dirname, '..', 'sql', folder)).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => `${folder}/${file.slice(0, -'.sql'.length)}`);
}

/** What {@link checkInvariants} may take for granted. */
export interface InvariantOptions {
  /** Also check what holds only when no task has anything left to do, such as empty queues. @default false */
  readonly settled?: boolean;
  /** Messages are with a broker, where no query sees them: leave out what needs them all. @default false */
  readonly hasBroker?: boolean;
}

/**
 * Checks that the database keeps the promises of the engine; empty when all hold.
 *
 * Each query sees one moment, so that the check may run beside a working engine without false alarms. It reads whole
 * tables: run it for a diagnosis or after a test, not every second.
 */
export async function checkInvariants(
  database: Database,
  { settled = false, hasBroker = false }: InvariantOptions = {},
): Promise<readonly BrokenInvariant[]> {
  const names = [
    ...listQueries('invariants'),
    ...(hasBroker ? [] : listQueries('invariants/queues')),
    ...(settled ? listQueries('invariants/settled') : []),
  ];
  const broken: BrokenInvariant[] = [];
  for (const name of names) {
    const text = `select * from (\n${sqlText(name)}\n) as offending limit ${ROWS_MAX}`;
    const rows = await selectRows<Record<string, unknown>>(database, { name, text, values: [] });
    if (rows.length > 0) broken.push({ invariant: name.slice(name.lastIndexOf('/') + 1), rows });
  }
  return broken;
}
