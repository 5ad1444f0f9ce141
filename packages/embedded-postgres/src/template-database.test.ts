import { Client } from 'pg';
import { createDatabase } from './create-database';
import { type PostgresServer, startPostgres } from './start-postgres';
import { ensureTemplateDatabase } from './template-database';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});
afterAll(() => server.stop());

async function run(connectionString: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('a created database is empty, has a name of its own and is gone after drop, even when it is in use', async () => {
  const [one, two] = await Promise.all([
    createDatabase(server.connectionString),
    createDatabase(server.connectionString),
  ]);
  expect(one.name).not.toBe(two.name);
  const user = new Client({ connectionString: one.connectionString });
  user.on('error', () => {});
  await user.connect();
  await one.drop();
  await one.drop();
  await two.drop();
  const names = await run(server.connectionString, `select from pg_database where datname like 'tasker_test%'`);
  expect(names).toEqual([]);
});

test('a template is prepared once per key, however many ask for it at the same time', async () => {
  let preparations = 0;
  const prepare = async (connectionString: string) => {
    preparations += 1;
    await run(connectionString, 'create table prepared as select 7 as number');
  };
  const ask = () => ensureTemplateDatabase(server.connectionString, 'schema 1', prepare);
  const names = await Promise.all([ask(), ask(), ask()]);
  expect(new Set(names).size).toBe(1);
  expect(preparations).toBe(1);

  const copies = await Promise.all(
    [1, 2, 3].map(() => createDatabase(server.connectionString, { template: names[0]!, prefix: 'copy' })),
  );
  for (const copy of copies) {
    expect(await run(copy.connectionString, 'select number from prepared')).toEqual([{ number: 7 }]);
    await copy.drop();
  }
});

test('a connection that the preparation forgot to close does not block copies', async () => {
  const forgotten: Client[] = [];
  const template = await ensureTemplateDatabase(server.connectionString, 'leaky', async (connectionString) => {
    const client = new Client({ connectionString });
    client.on('error', () => {});
    await client.connect();
    forgotten.push(client);
  });
  await using copy = await createDatabase(server.connectionString, { template });
  expect(await run(copy.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a preparation that failed is started again from nothing', async () => {
  const fail = async (connectionString: string) => {
    await run(connectionString, 'create table half_done ()');
    throw new Error('no luck');
  };
  await expect(ensureTemplateDatabase(server.connectionString, 'second try', fail)).rejects.toThrow('no luck');
  const template = await ensureTemplateDatabase(server.connectionString, 'second try', (connectionString) =>
    run(connectionString, 'create table half_done ()').then(() => {}),
  );
  await using copy = await createDatabase(server.connectionString, { template });
  expect(await run(copy.connectionString, 'select * from half_done')).toEqual([]);
});
