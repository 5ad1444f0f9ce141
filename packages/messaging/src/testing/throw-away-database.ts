import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of one test file. */
export interface ThrowAwayDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Creates an empty database on the server of TASKER_TEST_DATABASE_URL. */
export async function createThrowAwayDatabase(): Promise<ThrowAwayDatabase> {
  const name = `messaging_${randomBytes(6).toString('hex')}`;
  await runOnServer(`create database ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runOnServer(`drop database ${name} with (force)`) };
}

async function runOnServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env.TASKER_TEST_DATABASE_URL;
  if (url === undefined) throw new Error('TASKER_TEST_DATABASE_URL is not set: run through jest of this package');
  return url;
}
