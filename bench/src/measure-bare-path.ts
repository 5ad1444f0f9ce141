import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createDatabase } from '@tasker/embedded-postgres';
import { Client } from 'pg';
import { createEndWatch, type EndWatch } from './end-watch';

/** What the least that this layout could do takes here and now: bare SQL, no log, no HTTP, no leases, no templates. */
export interface BarePathResult {
  readonly kind: 'bare';
  readonly tasks: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const SCHEMA = `
  create schema bare_path;
  create table bare_path.tasks (task integer primary key, done integer not null default 0);
  create table bare_path.steps (task integer, no integer, state integer, at timestamptz, result jsonb, primary key (task, no));
  create table bare_path.to_worker (id bigint generated always as identity primary key, task integer, no integer);
  create table bare_path.to_orchestration (id bigint generated always as identity primary key, task integer, no integer);`;

const SUBMIT = `with t as (insert into bare_path.tasks (task) values ($1)),
  s as (insert into bare_path.steps select $1, n, case n when 1 then 0 else -1 end from generate_series(1, 4) as n),
  q as (insert into bare_path.to_worker (task, no) values ($1, 1))
  select pg_notify('bare_worker', '')`;

async function runOne(client: Client, watch: EndWatch, task: number): Promise<number> {
  const start = performance.now();
  await client.query({ name: 'bare-submit', text: SUBMIT, values: [task] });
  return watch.untilOver(start, async () => {
    const text = 'select done = 4 as complete from bare_path.tasks where task = $1';
    const { rows } = await client.query<{ complete: boolean }>({ name: 'bare-look', text, values: [task] });
    return rows[0]?.complete === true;
  });
}

/**
 * Measures four steps in sequence over three processes, the same hops as Tasker's. In a database of its own, on the server of
 * `serverUrl`: a notification wakes every listener of its database, and Tasker's shall not be among them.
 */
export async function measureBarePath(serverUrl: string): Promise<BarePathResult> {
  await using database = await createDatabase(serverUrl, { prefix: 'bare_path' });
  const script = require.resolve('./bare-path-process');
  const children = ['worker', 'orchestration'].map((role) => fork(script, [role, database.connectionString]));
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    await client.query(SCHEMA);
    await Promise.all(children.map((child) => once(child, 'message')));
    const watch = createEndWatch();
    for (let task = 1; task <= 500; task += 1) await runOne(client, watch, task);
    const times: number[] = [];
    for (let task = 501; task <= 800; task += 1) times.push(await runOne(client, watch, task));
    const sorted = times.toSorted((a, b) => a - b);
    return { kind: 'bare', tasks: times.length, p50Ms: sorted[150] ?? Number.NaN, p95Ms: sorted[285] ?? Number.NaN };
  } finally {
    await client.end();
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined)));
  }
}
