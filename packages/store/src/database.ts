/** A prepared statement: `name` lets the server keep its plan for the connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The part of a `pg` pool or client that queries need. */
export interface Database {
  query(statement: Statement | { text: string; values?: readonly unknown[] }): Promise<{ rows: unknown[] }>;
}

/** Runs a statement and gives its rows as `Row`; the caller names the shape that the SQL returns. */
export async function selectRows<Row>(database: Database, statement: Statement): Promise<readonly Row[]> {
  const { rows } = await database.query(statement);
  return rows as Row[];
}

/** Runs a statement that returns exactly one row. */
export async function selectRow<Row>(database: Database, statement: Statement): Promise<Row> {
  const [row] = await selectRows<Row>(database, statement);
  if (row === undefined) throw new Error(`statement ${statement.name} returned no row`);
  return row;
}
