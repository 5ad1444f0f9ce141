import type { ClientBase } from 'pg';

/** What the driver keeps of a connection's start, and its types leave out. */
type StartedClient = ClientBase & { readonly processID: number };

function withoutName(statement: unknown): unknown {
  if (typeof statement !== 'object' || statement === null || !('name' in statement)) return statement;
  const { name: _, ...unnamed } = statement;
  return unnamed;
}

/**
 * Has a new connection send its statements without names when there is a pooler in between. In transaction mode each transaction
 * may meet another session of the server, where a name is unknown, or taken by somebody else.
 *
 * A pooler gives its clients process numbers of its own making, so that it can find whose statement a cancel request means.
 */
export async function adaptToPooler(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  if (rows[0]?.pid === (client as StartedClient).processID) return;
  const query = client.query.bind(client) as (...values: unknown[]) => unknown;
  const send = (statement: unknown, ...others: unknown[]) => query(withoutName(statement), ...others);
  client.query = send as ClientBase['query'];
}
