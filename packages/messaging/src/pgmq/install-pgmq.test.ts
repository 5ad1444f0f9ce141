import { Pool } from 'pg';
import { type ContractDatabase, createContractDatabase } from './contract/testing/contract-database';
import { detectPgmq, installPgmq, PgmqIncompleteError, type SqlClient } from './install-pgmq';
import { buildInstallStatement, PGMQ_API_VERSION, PGMQ_SQL_REVISION, parseVersionComment } from './install-sql';

let database: ContractDatabase;

beforeEach(async () => {
  database = await createContractDatabase();
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
});

function countQueries(client: SqlClient): SqlClient & { count: number } {
  return {
    count: 0,
    query(text, values) {
      this.count += 1;
      return client.query(text, values);
    },
  };
}

describe('detectPgmq', () => {
  it('finds nothing in a fresh database', async () => {
    await expect(detectPgmq(database.client)).resolves.toEqual({ kind: 'absent', version: null });
  });

  it('takes an empty schema pgmq for nothing', async () => {
    await database.client.query('create schema pgmq');
    await expect(detectPgmq(database.client)).resolves.toEqual({ kind: 'absent', version: null });
  });

  it('knows its own schema and the version of it', async () => {
    await installPgmq(database.client);
    await expect(detectPgmq(database.client)).resolves.toEqual({
      kind: 'own',
      version: `${PGMQ_API_VERSION}+${PGMQ_SQL_REVISION}`,
    });
  });

  it('calls a schema with objects but without our mark foreign', async () => {
    await installPgmq(database.client);
    await database.client.query('comment on table pgmq.meta is null');
    await expect(detectPgmq(database.client)).resolves.toEqual({ kind: 'foreign', version: null });
  });
});

describe('installPgmq', () => {
  it('installs once, then answers with one query', async () => {
    await expect(installPgmq(database.client)).resolves.toBe('installed');
    const counted = countQueries(database.client);
    await expect(installPgmq(counted)).resolves.toBe('present');
    expect(counted.count).toBe(1);
  });

  it('lets several connections install at once', async () => {
    const clients = await Promise.all([1, 2, 3, 4].map(() => database.connect()));
    await Promise.all(clients.map((client) => installPgmq(client)));
    await database.client.query(`select pgmq.create('jobs')`);
    await expect(database.column(`select queue_name from pgmq.list_queues()`)).resolves.toEqual(['jobs']);
  });

  it('waits for an installation that another connection has not committed', async () => {
    const first = await database.connect();
    const second = await database.connect();
    await first.query('begin');
    await installPgmq(first);
    const waiting = installPgmq(second);
    await expect(Promise.race([waiting, lockWait(database)])).resolves.toBe('waits');
    await first.query('commit');
    await waiting;
    await expect(detectPgmq(second)).resolves.toMatchObject({ kind: 'own' });
  });

  it('works through a pool', async () => {
    const { host, port, user, database: name } = database.client;
    const password = new URL(process.env.TASKER_TEST_DATABASE_URL!).password;
    const pool = new Pool({ host, port, user: user ?? '', database: name ?? '', password, max: 3 });
    // Its end resolves before its sessions are gone, and dropping the database ends those.
    pool.on('error', () => {});
    try {
      await expect(installPgmq(pool)).resolves.toBe('installed');
    } finally {
      await pool.end();
    }
  });

  it('rolls back with the transaction of the caller', async () => {
    await database.client.query('begin');
    await installPgmq(database.client);
    await database.client.query('rollback');
    await expect(detectPgmq(database.client)).resolves.toMatchObject({ kind: 'absent' });
  });

  it('upgrades an older revision and keeps the messages', async () => {
    await installPgmq(database.client);
    await database.client.query(`select pgmq.create('jobs'); select pgmq.send('jobs', '{"n":1}'::jsonb)`);
    await database.client.query(
      `drop function pgmq.metrics_all(); comment on table pgmq.meta is 'tasker pgmq 1.10.0+0'`,
    );
    await expect(installPgmq(database.client)).resolves.toBe('installed');
    await expect(database.column('select queue_length from pgmq.metrics_all()')).resolves.toEqual(['1']);
  });

  it('leaves a newer revision alone, even when it learns of it only under the lock', async () => {
    await installPgmq(database.client);
    await database.client.query(`comment on table pgmq.meta is 'tasker pgmq 1.12.0+99'`);
    await expect(installPgmq(database.client)).resolves.toBe('present');
    await database.client.query(buildInstallStatement('select 1 / 0;', 98));
    await expect(detectPgmq(database.client)).resolves.toEqual({ kind: 'own', version: '1.12.0+99' });
  });

  it('uses a complete schema of somebody else as it is', async () => {
    await installPgmq(database.client);
    await database.client.query('comment on table pgmq.meta is null');
    await expect(installPgmq(database.client)).resolves.toBe('present');
    await expect(detectPgmq(database.client)).resolves.toMatchObject({ kind: 'foreign' });
  });

  it('names the functions that a schema of somebody else lacks', async () => {
    await database.client.query('create schema pgmq; create table pgmq.meta (queue_name varchar)');
    const failure = await installPgmq(database.client).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PgmqIncompleteError);
    expect(failure).toMatchObject({ code: 'PGMQ_INCOMPLETE' });
    expect((failure as PgmqIncompleteError).missingFunctions).toContain('pgmq.pop(text,integer)');
  });

  it('uses the extension where it is created, without writing anything', async () => {
    const statements: string[] = [];
    const client: SqlClient = {
      query(text) {
        statements.push(text);
        return Promise.resolve({ rows: statements.length === 1 ? [{ extension_version: '1.11.0' }] : [] });
      },
    };
    await expect(installPgmq(client)).resolves.toBe('extension');
    expect(statements).toHaveLength(2);
  });

  it('needs no right but CREATE on the database', async () => {
    const role = `installer_${database.client.database}`;
    await database.client.query(`create role ${role}; grant create on database ${database.client.database} to ${role}`);
    try {
      await database.client.query(`set role ${role}`);
      await installPgmq(database.client);
      await database.client.query(`select pgmq.create('jobs'); select pgmq.enable_notify_insert('jobs')`);
      await database.client.query(`select pgmq.send('jobs', '1'::jsonb); select pgmq.drop_queue('jobs')`);
    } finally {
      await database.client.query(`reset role; drop owned by ${role} cascade; drop role ${role}`);
    }
  });
});

describe('parseVersionComment', () => {
  it('refuses comments that are not ours', () => {
    expect(parseVersionComment(null)).toBeNull();
    expect(parseVersionComment('queues of somebody')).toBeNull();
    expect(parseVersionComment('tasker pgmq 1.11.0+7')).toEqual({ version: '1.11.0+7', revision: 7 });
  });
});

/** Resolves when some connection of the database waits for an advisory lock. */
async function lockWait(db: ContractDatabase): Promise<'waits'> {
  for (;;) {
    const waiting = await db.column(
      `select pid from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
    );
    if (waiting.length > 0) return 'waits';
  }
}
