import { installPgmq } from '../install-pgmq';
import { type ContractDatabase, createContractDatabase } from './testing/contract-database';

let database: ContractDatabase;

beforeAll(async () => {
  database = await createContractDatabase();
  await installPgmq(database.client);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function create(name: string): Promise<void> {
  await database.client.query('select pgmq.create($1)', [name]);
}

function failure(sql: string, values?: unknown[]): Promise<{ code: string; message: string }> {
  return database.client.query(sql, values).then(
    () => Promise.reject(new Error(`no error: ${sql}`)),
    (error: { code: string; message: string }) => error,
  );
}

function columnsOf(table: string): Promise<string[]> {
  return database.column(
    `select format('%s %s%s', attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' end)
     from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum`,
    [table],
  );
}

describe('create', () => {
  it('makes the queue table, the archive and their indexes', async () => {
    await create('shape');
    await expect(columnsOf('pgmq.q_shape')).resolves.toEqual([
      'msg_id bigint not null',
      'read_ct integer not null',
      'enqueued_at timestamp with time zone not null',
      'last_read_at timestamp with time zone',
      'vt timestamp with time zone not null',
      'message jsonb',
      'headers jsonb',
    ]);
    const archive = await columnsOf('pgmq.a_shape');
    expect(archive).toContain('archived_at timestamp with time zone not null');
    const indexes = await database.column(
      `select indexrelid::regclass::text from pg_index
       where indrelid in ('pgmq.q_shape'::regclass, 'pgmq.a_shape'::regclass) order by 1`,
    );
    expect(indexes).toEqual(['pgmq.a_shape_pkey', 'pgmq.archived_at_idx_shape', 'pgmq.q_shape_pkey']);
    await expect(database.value(`select pg_get_serial_sequence('pgmq.q_shape', 'msg_id')`)).resolves.toBe(
      'pgmq.q_shape_msg_id_seq',
    );
  });

  it('gives out ids itself and refuses those of others', async () => {
    await create('identity');
    const error = await failure(`insert into pgmq.q_identity (msg_id, vt) values (7, now())`);
    expect(error.code).toBe('428C9');
  });

  it('is idempotent and keeps the messages', async () => {
    await create('twice');
    await database.client.query(`select pgmq.send('twice', '1'::jsonb)`);
    await create('twice');
    await database.client.query(`select pgmq.create_non_partitioned('twice')`);
    await expect(database.value(`select queue_length from pgmq.metrics('twice')`)).resolves.toBe('1');
  });

  it('is undone by a rollback', async () => {
    await database.client.query(`begin; select pgmq.create('undone'); rollback`);
    await expect(database.value(`select to_regclass('pgmq.q_undone')`)).resolves.toBeNull();
    await expect(database.column(`select 1 from pgmq.meta where queue_name = 'undone'`)).resolves.toEqual([]);
  });

  it('survives two connections that create one queue at once', async () => {
    const other = await database.connect();
    await Promise.all([create('race'), other.query(`select pgmq.create('race')`)]);
    await expect(database.column(`select 1 from pgmq.meta where queue_name = 'race'`)).resolves.toHaveLength(1);
  });

  it('tells listeners of a new queue, once', async () => {
    const listener = await database.connect();
    const heard: (string | undefined)[] = [];
    const last = new Promise<void>((resolve) => {
      listener.on('notification', ({ payload }) => {
        heard.push(payload);
        if (payload === 'announced_last') resolve();
      });
    });
    await listener.query('listen pgmq_queue_created');
    await create('announced');
    await create('announced');
    await create('announced_last');
    await last;
    expect(heard).toEqual(['announced', 'announced_last']);
  });

  it('shows monitoring the times and the counts, not the messages', async () => {
    await create('watched');
    await database.client.query(`select pgmq.send('watched', '1'::jsonb)`);
    await database.client.query('begin; set local role pg_monitor');
    await expect(database.value(`select queue_length from pgmq.metrics('watched')`)).resolves.toBe('1');
    const error = await failure('select message from pgmq.q_watched');
    await database.client.query('rollback');
    expect(error.code).toBe('42501');
  });

  it('vacuums a queue by count of dead rows', async () => {
    await create('tuned');
    const options = await database.value<string[]>(
      `select reloptions from pg_class where oid = 'pgmq.q_tuned'::regclass`,
    );
    expect(options).toContain('autovacuum_vacuum_scale_factor=0.01');
  });
});

describe('create_unlogged', () => {
  it('keeps the archive logged', async () => {
    await database.client.query(`select pgmq.create_unlogged('fast')`);
    await expect(
      database.column(
        `select relpersistence from pg_class where relname in ('q_fast', 'a_fast') order by relname desc`,
      ),
    ).resolves.toEqual(['u', 'p']);
    await expect(database.value(`select is_unlogged from pgmq.list_queues() where queue_name = 'fast'`)).resolves.toBe(
      true,
    );
  });
});

describe('partitioned queues', () => {
  it.each([`select pgmq.create_partitioned('parts')`, `select pgmq.convert_archive_partitioned('parts')`])(
    '%s asks for pg_partman',
    async (sql) => {
      expect((await failure(sql)).message).toBe('pg_partman is required for partitioned queues');
    },
  );
});

describe('list_queues', () => {
  it('returns the rows of meta', async () => {
    await create('listed');
    const [row] = await database.rows(`select * from pgmq.list_queues() where queue_name = 'listed'`);
    expect(row).toEqual({
      queue_name: 'listed',
      is_partitioned: false,
      is_unlogged: false,
      created_at: expect.any(Date),
    });
  });
});

describe('drop_queue', () => {
  it('removes the tables and the rows that hang on the queue', async () => {
    await create('gone');
    await database.client.query(`select pgmq.enable_notify_insert('gone'); select pgmq.bind_topic('a.b', 'gone')`);
    await expect(database.value(`select pgmq.drop_queue('gone')`)).resolves.toBe(true);
    await expect(
      database.column(
        `select coalesce(to_regclass('pgmq.q_gone'), to_regclass('pgmq.a_gone'))::text
         union all select queue_name from pgmq.meta where queue_name = 'gone'
         union all select queue_name from pgmq.notify_insert_throttle where queue_name = 'gone'
         union all select queue_name from pgmq.topic_bindings where queue_name = 'gone'`,
      ),
    ).resolves.toEqual([null]);
  });

  it('says no and gives a notice for an absent queue', async () => {
    const notices: (string | undefined)[] = [];
    database.client.once('notice', (notice) => notices.push(notice.severity));
    await expect(database.value(`select pgmq.drop_queue('never_was')`)).resolves.toBe(false);
    expect(notices).toEqual(['NOTICE']);
  });

  it('warns about its old form, which always says yes', async () => {
    const severities: (string | undefined)[] = [];
    const keep = (notice: { severity: string | undefined }) => severities.push(notice.severity);
    database.client.on('notice', keep);
    await expect(database.value(`select pgmq.drop_queue('never_was', false)`)).resolves.toBe(true);
    database.client.off('notice', keep);
    expect(severities).toContain('WARNING');
  });
});

describe('queue names', () => {
  it.each(['plain_1', 'with-hyphen', 'with.dot', 'with space', 'Mixed_Case', 'x'.repeat(47)])(
    '%s works as a queue',
    async (name) => {
      await create(name);
      await database.client.query(`select pgmq.send($1, '1'::jsonb)`, [name]);
      await expect(database.value('select msg_id from pgmq.pop($1)', [name])).resolves.toBe('1');
      await expect(database.value('select pgmq.drop_queue($1)', [name])).resolves.toBe(true);
    },
  );

  it('48 characters are too long', async () => {
    const error = await failure('select pgmq.create($1)', ['x'.repeat(48)]);
    expect(error.message).toBe('queue name is too long, maximum length is 47 characters');
  });

  it.each(['a$b', 'a;b', 'a--b', "a'b"])('%s has a forbidden character, in every function', async (name) => {
    const message = "queue name contains invalid characters: $, ;, --, or \\'";
    expect((await failure('select pgmq.create($1)', [name])).message).toBe(message);
    expect((await failure('select pgmq.pop($1)', [name])).message).toBe(message);
    expect((await failure(`select pgmq.send($1, '1'::jsonb)`, [name])).message).toBe(message);
  });

  it('the empty name is refused', async () => {
    expect((await failure(`select pgmq.create('')`)).code).toBe('42602');
    expect((await failure('select pgmq.create(null)')).code).toBe('42602');
  });

  it('a name over 47 bytes is refused, since its table would be cut to the name of another', async () => {
    expect((await failure('select pgmq.create($1)', ['é'.repeat(47)])).code).toBe('42602');
    await create('é'.repeat(23));
  });

  it('a second queue over the same table is refused', async () => {
    await create('UPPER_q');
    expect((await failure(`select pgmq.create('upper_q')`)).code).toBe('42P07');
    await create('UPPER_q');
    await expect(database.column(`select 1 from pgmq.meta where lower(queue_name) = 'upper_q'`)).resolves.toHaveLength(
      1,
    );
  });

  it('of two connections that create such a pair at once, one is refused', async () => {
    const other = await database.connect();
    const results = await Promise.allSettled([create('Twin'), other.query(`select pgmq.create('twin')`)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('tables are named in lower case', async () => {
    await expect(database.value(`select pgmq.format_table_name('Mixed', 'q')`)).resolves.toBe('q_mixed');
  });
});

it('acquire_queue_lock keeps others from creating and dropping the queue', async () => {
  const other = await database.connect();
  await database.client.query(`begin; select pgmq.acquire_queue_lock('locked')`);
  const error = await other
    .query(`set lock_timeout = '1ms'; select pgmq.create('locked')`)
    .catch((reason: { code: string }) => reason);
  await database.client.query('rollback');
  expect(error).toMatchObject({ code: '55P03' });
});
