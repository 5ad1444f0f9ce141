import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** A throw-away database on the server of the test run, with the few ways that contract tests ask questions. */
export interface ContractDatabase extends AsyncDisposable {
  readonly client: Client;
  /** One more connection to the same database, closed with it. */
  connect(): Promise<Client>;
  rows<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** The first column of every row. */
  column<Value = string>(sql: string, values?: unknown[]): Promise<Value[]>;
  /** The first column of the only row. */
  value<Value = string>(sql: string, values?: unknown[]): Promise<Value>;
}

function serverUrl(): string {
  const url = process.env.TASKER_TEST_DATABASE_URL;
  if (url === undefined) throw new Error('TASKER_TEST_DATABASE_URL is not set: run through jest of this package');
  return url;
}

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Creates an empty database; disposing it ends its connections and drops it. */
export async function createContractDatabase(): Promise<ContractDatabase> {
  const name = `pgmq_contract_${randomUUID().replaceAll('-', '')}`;
  await onServer(`create database ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;

  const clients: Client[] = [];
  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    clients.push(client);
    return client;
  }

  const client = await connect();
  async function column<Value>(sql: string, values?: unknown[]): Promise<Value[]> {
    const result = await client.query<Value[]>({ text: sql, values: values ?? [], rowMode: 'array' });
    return result.rows.map((row) => row[0] as Value);
  }

  return {
    client,
    connect,
    column,
    async rows<Row extends object>(sql: string, values?: unknown[]) {
      return (await client.query(sql, values)).rows as Row[];
    },
    async value<Value>(sql: string, values?: unknown[]) {
      const found = await column<Value>(sql, values);
      if (found.length !== 1) throw new Error(`expected one row, got ${found.length}: ${sql}`);
      return found[0] as Value;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((each) => each.end()));
      await onServer(`drop database ${name} with (force)`);
    },
  };
}
