import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { removeStaleLock } from './running-server';
import { type PostgresServer, startPostgres } from './start-postgres';
import { waitForProcessEnd, waitForRemoval } from './testing/process-end';
import { startInOtherProcess } from './testing/server-process';

const settings = { fsync: 'off' };
const asRoot = process.getuid?.() === 0 ? test : test.skip;
const NOBODY = { uid: 65_534, gid: 65_534 };

let base: string;
beforeEach(async () => {
  base = await mkdtemp('/tmp/tasker-start-test-');
  await chmod(base, 0o755);
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function query<Row>(server: Pick<PostgresServer, 'connectionString'>, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: server.connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

test('a started server is durable by default, listens on the loopback interface only and has statement statistics', async () => {
  await using server = await startPostgres();
  expect(server.isOwner).toBe(true);
  const rows = await query<{ name: string; setting: string }>(
    server,
    `select name, setting from pg_settings where name in
      ('fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories', 'shared_preload_libraries')`,
  );
  expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_preload_libraries: 'pg_stat_statements',
  });
  expect(await query(server, 'select current_database() as name')).toEqual([{ name: 'tasker' }]);
});

test('a stopped server leaves no process and no data, and may be stopped again', async () => {
  const server = await startPostgres({ settings });
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow();
  expect(existsSync(server.dataDirectory)).toBe(false);
  await server.stop();
});

test('settings of the caller win over the defaults', async () => {
  await using server = await startPostgres({ settings: { ...settings, max_connections: '17' } });
  expect(await query(server, 'show max_connections')).toEqual([{ max_connections: '17' }]);
});

test('a server and its data are gone after the process that started it was killed by SIGKILL', async () => {
  const { child, server } = await startInOtherProcess({ settings });
  const client = new Client({ connectionString: server.connectionString });
  client.on('error', () => {});
  await client.connect();
  const disconnected = new Promise((done) => client.once('end', done));

  child.kill('SIGKILL');
  await disconnected;
  await waitForProcessEnd(server.pid);
  await waitForRemoval(server.dataDirectory);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('stop ends the server even when its supervisor alone was killed', async () => {
  const server = await startPostgres({ dataDirectory: join(base, 'data'), settings });
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  process.kill(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), 'SIGKILL');
  await server.stop();
  await waitForProcessEnd(server.pid);
});

test('data in a given directory is kept and found again', async () => {
  const dataDirectory = join(base, 'deeper', 'data');
  await mkdir(join(base, 'deeper'));
  const first = await startPostgres({ dataDirectory, settings });
  await query(first, 'create table kept as select 42 as answer');
  await first.stop();

  await using second = await startPostgres({ dataDirectory, settings });
  expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('an empty directory that exists already is used in place', async () => {
  const dataDirectory = join(base, 'volume');
  await mkdir(dataDirectory);
  await using server = await startPostgres({ dataDirectory, settings });
  expect(await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).toContain(String(server.pid));
});

test('a second process shares the running server of a directory and leaves it running when it stops', async () => {
  const dataDirectory = join(base, 'data');
  await using owner = await startPostgres({ dataDirectory, settings });
  const { child, server: guest } = await startInOtherProcess({ dataDirectory, settings });
  expect(guest).toMatchObject({ pid: owner.pid, connectionString: owner.connectionString, isOwner: false });

  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  expect(await query(owner, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('processes that start on the same new directory at once end up with one server', async () => {
  const dataDirectory = join(base, 'data');
  const started = await Promise.all([1, 2, 3].map(() => startPostgres({ dataDirectory, settings })));
  const [pids, owners] = [new Set(started.map((server) => server.pid)), started.filter((server) => server.isOwner)];
  await Promise.all(started.map((server) => server.stop()));
  expect(pids.size).toBe(1);
  expect(owners).toHaveLength(1);
});

test('a lock file that a crash left behind, whose process id now belongs to another program, does not keep the server down', async () => {
  const dataDirectory = join(base, 'data');
  await (await startPostgres({ dataDirectory, settings })).stop();
  await writeFile(join(dataDirectory, 'postmaster.pid'), `${process.pid}\n${dataDirectory}\n1\n1\n\n127.0.0.1\n`);
  await using server = await startPostgres({ dataDirectory, settings });
  expect(server.isOwner).toBe(true);
});

test('a lock file that another process makes at this moment stays, and one that stayed empty does not', async () => {
  const file = join(base, 'postmaster.pid');
  await writeFile(file, '');
  await removeStaleLock(base);
  expect(await readdir(base)).toEqual(['postmaster.pid']);
  await utimes(file, 0, 0);
  await removeStaleLock(base);
  expect(await readdir(base)).toEqual([]);
});

test('a directory with other files in it is refused', async () => {
  await writeFile(join(base, 'precious.txt'), 'mine');
  await expect(startPostgres({ dataDirectory: base })).rejects.toThrow(/not empty and holds no PostgreSQL data/);
});

test('data of another major version is refused by name', async () => {
  await writeFile(join(base, 'PG_VERSION'), '9\n');
  await expect(startPostgres({ dataDirectory: base })).rejects.toThrow(/written by PostgreSQL 9/);
});

test('a given port that is taken is reported', async () => {
  const holder = createServer();
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
  const { port } = holder.address() as { port: number };
  await expect(startPostgres({ port, settings })).rejects.toThrow(`port ${port}`);
  holder.close();
});

test('a setting that PostgreSQL refuses is reported with its own words', async () => {
  await expect(startPostgres({ settings: { max_connections: 'many' } })).rejects.toThrow(/max_connections/);
});

test('an aborted start leaves nothing running', async () => {
  const controller = new AbortController();
  const starting = startPostgres({ settings, signal: controller.signal });
  controller.abort(new Error('the user changed their mind'));
  await expect(starting).rejects.toThrow('the user changed their mind');
});

asRoot('root runs the server as nobody', async () => {
  await using server = await startPostgres({ settings });
  expect((await stat(server.dataDirectory)).uid).toBe(NOBODY.uid);
  expect(await readFile(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s/m);
});

asRoot('root is told when nobody cannot reach the data directory', async () => {
  await chmod(base, 0o700);
  await expect(startPostgres({ dataDirectory: join(base, 'data') })).rejects.toThrow(/cannot reach/);
});

asRoot('an ordinary user starts a server as themselves', async () => {
  const dataDirectory = join(base, 'data');
  await chown(base, NOBODY.uid, NOBODY.gid);
  const { child, server } = await startInOtherProcess({ dataDirectory, settings }, NOBODY);
  expect(server.isOwner).toBe(true);
  child.kill('SIGKILL');
  await waitForProcessEnd(server.pid);
});

test('a server keeps answering while its owner is too busy to read anything from it', async () => {
  await using server = await startPostgres({ settings: { fsync: 'off', log_statement: 'all' } });
  const client = new Client({ connectionString: server.connectionString });
  await client.connect();
  // More log than any pipe holds, while this process looks the other way.
  await client.query(`do $$ begin for i in 1..2000 loop raise log '%', repeat('x', 200); end loop; end $$`);
  const { rows } = await client.query('select 1 as one');
  expect(rows).toEqual([{ one: 1 }]);
  await client.end();
});
