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

beforeEach(async () => {
  await database.client.query(`select pgmq.drop_queue('q'); select pgmq.create('q')`);
});

async function send(...messages: unknown[]): Promise<void> {
  await database.client.query(`select pgmq.send_batch('q', $1::jsonb[])`, [
    messages.map((each) => JSON.stringify(each)),
  ]);
}

function ids(sql: string): Promise<string[]> {
  return database.column(`select msg_id from ${sql} order by msg_id`);
}

describe('read', () => {
  it('claims the oldest visible messages and hides them for vt seconds', async () => {
    await send('a', 'b', 'c');
    const rows = await database.rows(
      `select msg_id, read_ct, message, headers, last_read_at is not null as was_read,
         vt between now() + interval '30 s' and clock_timestamp() + interval '30 s' as is_hidden
       from pgmq.read('q', 30, 2) order by msg_id`,
    );
    expect(rows).toEqual([
      { msg_id: '1', read_ct: 1, message: 'a', headers: null, was_read: true, is_hidden: true },
      { msg_id: '2', read_ct: 1, message: 'b', headers: null, was_read: true, is_hidden: true },
    ]);
    await expect(ids(`pgmq.read('q', 30, 5)`)).resolves.toEqual(['3']);
    await expect(ids(`pgmq.read('q', 30, 5)`)).resolves.toEqual([]);
  });

  it.each([0, -5])('with vt %i leaves the message visible and counts the read', async (vt) => {
    await send('a');
    await database.client.query(`select pgmq.read('q', $1, 1)`, [vt]);
    await expect(database.value(`select read_ct from pgmq.read('q', 30, 1)`)).resolves.toBe(2);
  });

  it('with qty 0 returns nothing, below 0 is an error', async () => {
    await send('a');
    await expect(ids(`pgmq.read('q', 30, 0)`)).resolves.toEqual([]);
    await expect(ids(`pgmq.read('q', 30, -1)`)).rejects.toThrow('LIMIT must not be negative');
  });

  it('skips messages whose delay is not over', async () => {
    await database.client.query(`select pgmq.send('q', '1'::jsonb, 60); select pgmq.send('q', '2'::jsonb)`);
    await expect(ids(`pgmq.read('q', 30, 5)`)).resolves.toEqual(['2']);
  });

  it('sees time move on inside a transaction', async () => {
    await send('a');
    await database.client.query('begin');
    await database.client.query(`select pgmq.set_vt('q', 1, clock_timestamp() + interval '5 ms')`);
    await database.client.query('select pg_sleep(0.02)');
    await expect(ids(`pgmq.read('q', 30, 1)`)).resolves.toEqual(['1']);
    await database.client.query('commit');
  });

  it('filters by containment when a condition is given', async () => {
    await send({ kind: 'x', n: 1 }, { kind: 'y', n: 2 }, { kind: 'x', n: 3 });
    await expect(ids(`pgmq.read('q', 30, 5, '{"kind":"x"}')`)).resolves.toEqual(['1', '3']);
    await expect(ids(`pgmq.read('q', 30, 5, conditional => '{}')`)).resolves.toEqual(['2']);
  });

  it('gives two connections different messages', async () => {
    await send('a', 'b', 'c');
    const other = await database.connect();
    await database.client.query('begin');
    await expect(ids(`pgmq.read('q', 30, 2)`)).resolves.toEqual(['1', '2']);
    const { rows } = await other.query(`select msg_id from pgmq.read('q', 30, 5)`);
    await database.client.query('commit');
    expect(rows).toEqual([{ msg_id: '3' }]);
  });

  it('gives every message of a busy queue to exactly one of four readers', async () => {
    await send(...Array.from({ length: 400 }, (_, n) => n));
    const readers = await Promise.all([1, 2, 3, 4].map(() => database.connect()));
    const seen = await Promise.all(
      readers.map(async (reader) => {
        const claimed: string[] = [];
        for (;;) {
          const { rows } = await reader.query<{ msg_id: string }>(`select msg_id from pgmq.read('q', 60, 7)`);
          if (rows.length === 0) return claimed;
          claimed.push(...rows.map((row) => row.msg_id));
        }
      }),
    );
    const all = seen.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(400);
  });
});

describe('read_with_poll', () => {
  it('returns at once what is visible', async () => {
    await send('a');
    await expect(ids(`pgmq.read_with_poll('q', 30, 5)`)).resolves.toEqual(['1']);
  });

  it('waits for a message that comes later', async () => {
    const other = await database.connect();
    const waiting = other.query(`select msg_id from pgmq.read_with_poll('q', 30, 5, 20, 5)`);
    await send('late');
    await expect(waiting).resolves.toMatchObject({ rows: [{ msg_id: '1' }] });
  });

  it('returns nothing when the time is over, and with 0 seconds even when a message is there', async () => {
    await expect(ids(`pgmq.read_with_poll('q', 30, 5, 1, 400)`)).resolves.toEqual([]);
    await send('a');
    await expect(ids(`pgmq.read_with_poll('q', 30, 5, 0)`)).resolves.toEqual([]);
  });

  it('filters by containment', async () => {
    await send({ kind: 'x' }, { kind: 'y' });
    await expect(ids(`pgmq.read_with_poll('q', 30, 5, conditional => '{"kind":"y"}')`)).resolves.toEqual(['2']);
  });
});

describe('pop', () => {
  it('deletes and returns the oldest visible message, as it was', async () => {
    await send('a', 'b');
    await expect(database.rows(`select msg_id, read_ct, last_read_at, message from pgmq.pop('q')`)).resolves.toEqual([
      { msg_id: '1', read_ct: 0, last_read_at: null, message: 'a' },
    ]);
    await expect(ids('pgmq.q_q')).resolves.toEqual(['2']);
  });

  it('takes up to qty messages and leaves the invisible ones', async () => {
    await send('a', 'b', 'c');
    await database.client.query(`select pgmq.set_vt('q', 2, 60)`);
    await expect(ids(`pgmq.pop('q', qty => 5)`)).resolves.toEqual(['1', '3']);
    await expect(ids('pgmq.q_q')).resolves.toEqual(['2']);
  });

  it('gives two connections different messages', async () => {
    await send('a', 'b');
    const other = await database.connect();
    await database.client.query('begin');
    await expect(ids(`pgmq.pop('q')`)).resolves.toEqual(['1']);
    const { rows } = await other.query(`select msg_id from pgmq.pop('q', 5)`);
    await database.client.query('rollback');
    expect(rows).toEqual([{ msg_id: '2' }]);
    await expect(ids('pgmq.q_q')).resolves.toEqual(['1']);
  });
});

describe('set_vt', () => {
  it.each([
    ['one message, seconds', `pgmq.set_vt('q', 1, 60)`, ['1']],
    ['one message, an instant', `pgmq.set_vt('q', 1, clock_timestamp() + interval '60 s')`, ['1']],
    ['several messages, seconds', `pgmq.set_vt('q', array[1, 2, 99]::bigint[], 60)`, ['1', '2']],
    ['several messages, an instant', `pgmq.set_vt('q', array[1, 2]::bigint[], now() + interval '60 s')`, ['1', '2']],
  ])('%s: moves the visibility, leaves read_ct and returns those that were there', async (_form, call, expected) => {
    await send('a', 'b');
    await expect(
      database.rows(`select msg_id, read_ct,
                            vt between now() + interval '60 s' and clock_timestamp() + interval '60 s' as "isMoved"
                     from ${call} order by msg_id`),
    ).resolves.toEqual(expected.map((id) => ({ msg_id: id, read_ct: 0, isMoved: true })));
  });

  it('makes a claimed message visible again with 0', async () => {
    await send('a');
    await database.client.query(`select pgmq.read('q', 30, 1); select pgmq.set_vt('q', 1, 0)`);
    await expect(database.value(`select read_ct from pgmq.read('q', 30, 1)`)).resolves.toBe(2);
  });

  it('returns nothing for an absent message', async () => {
    await expect(ids(`pgmq.set_vt('q', 99, 60)`)).resolves.toEqual([]);
  });
});

it.each([`pgmq.read('nowhere', 30, 1)`, `pgmq.pop('nowhere')`, `pgmq.set_vt('nowhere', 1, 0)`])(
  '%s fails with undefined_table',
  async (call) => {
    await expect(ids(call)).rejects.toMatchObject({ code: '42P01' });
  },
);

it.each([
  [`pgmq.pop('q', 50)`],
  [`pgmq.read('q', 30, 50)`],
  [`pgmq.delete('q', array(select generate_series(1, 50)::bigint)) as t(msg_id)`],
  [`pgmq.set_vt('q', array(select generate_series(1, 50)::bigint), 30)`],
])('%s never scans a fresh table that has no statistics', async (call) => {
  await database.client.query('alter table pgmq.q_q set (autovacuum_enabled = off)');
  await send(...Array.from({ length: 3000 }, (_, n) => ({ n, text: 'x'.repeat(100) })));
  await database.client.query('begin');
  const scansBefore = await countScans();
  await expect(ids(call)).resolves.toHaveLength(50);
  const scansAfter = await countScans();
  await database.client.query('commit');
  expect(scansAfter).toBe(scansBefore);
});

function countScans(): Promise<string> {
  return database.value(`select seq_scan from pg_stat_xact_user_tables where relid = 'pgmq.q_q'::regclass`);
}
