import type { Client } from 'pg';

/** Work that PostgreSQL did between two readings, without what the bench itself asked. */
export interface DatabaseWork {
  /** Transactions that wrote: those that read, and listeners that are notified, make nothing durable. */
  readonly commits: number;
  /** Statements sent by clients; null without pg_stat_statements. */
  readonly statements: number | null;
}

/** Counts the database's work. */
export interface WorkMeter {
  /** Runs a query of the bench, which is left out of the count. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs `work` and gives what the database did meanwhile, beside its value. */
  measure<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly database: DatabaseWork }>;
}

const MARK = '/* bench */';

/** Gives a meter over a connection of the bench's own. */
export async function createWorkMeter(client: Client): Promise<WorkMeter> {
  const hasStatements = await client
    .query('create extension if not exists pg_stat_statements')
    .then(() => client.query('select from pg_stat_statements limit 1').then(() => true))
    .catch(() => false);

  async function query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await client.query(text.replace('select', `select ${MARK}`), [...values]);
    return rows as Row[];
  }

  async function read(): Promise<{ commits: number; statements: number }> {
    // Sessions flush their counters when idle for a second; ours at once.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const [database] = await query<{ commits: string }>('select pg_snapshot_xmax(pg_current_snapshot()) as commits');
    const [statements] = hasStatements
      ? await query<{ calls: string | null }>(
          `select sum(calls) as calls from pg_stat_statements
           where toplevel and dbid = (select oid from pg_database where datname = current_database())
             and query not like '%${MARK}%'`,
        )
      : [];
    return { commits: Number(database?.commits ?? 0), statements: Number(statements?.calls ?? 0) };
  }

  return {
    query,
    async measure(work) {
      const before = await read();
      const value = await work();
      const after = await read();
      return {
        value,
        database: {
          commits: after.commits - before.commits,
          statements: hasStatements ? after.statements - before.statements : null,
        },
      };
    },
  };
}
