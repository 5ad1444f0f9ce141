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

/** One message per group named, in order, so that message n is the nth; null sends it without a group. */
async function sendInGroups(...groups: (string | null)[]): Promise<void> {
  const headers = groups.map((group) => (group === null ? null : JSON.stringify({ 'x-pgmq-group': group })));
  await database.client.query(`select pgmq.send_batch('q', $1::jsonb[], $2::jsonb[])`, [
    groups.map(() => '1'),
    headers,
  ]);
}

function claim(call: string): Promise<string[]> {
  return database.column(`select msg_id from ${call}`);
}

describe('read_grouped', () => {
  it('fills up from the oldest group before it goes to the next', async () => {
    await sendInGroups('a', 'b', 'a', 'b', 'a');
    await expect(claim(`pgmq.read_grouped('q', 30, 4)`)).resolves.toEqual(['1', '3', '5', '2']);
  });

  it('claims like read: hides the message and counts', async () => {
    await sendInGroups('a');
    const rows = await database.rows(
      `select read_ct, last_read_at is not null as was_read,
         vt between now() + interval '30 s' and clock_timestamp() + interval '30 s' as is_hidden
       from pgmq.read_grouped('q', 30, 1)`,
    );
    expect(rows).toEqual([{ read_ct: 1, was_read: true, is_hidden: true }]);
  });

  it('passes over a group while an earlier message of it is in flight', async () => {
    await sendInGroups('a', 'a', 'b');
    await expect(claim(`pgmq.read_grouped('q', 30, 1)`)).resolves.toEqual(['1']);
    await expect(claim(`pgmq.read_grouped('q', 30, 5)`)).resolves.toEqual(['3']);
    await database.client.query(`select pgmq.delete('q', 1)`);
    await expect(claim(`pgmq.read_grouped('q', 30, 5)`)).resolves.toEqual(['2']);
  });

  it('stops in a group before a message that is delayed', async () => {
    await sendInGroups('a', 'a', 'a');
    await database.client.query(`select pgmq.set_vt('q', 2, 60)`);
    await expect(claim(`pgmq.read_grouped('q', 30, 5)`)).resolves.toEqual(['1']);
  });

  it('treats messages without a group as one group', async () => {
    await sendInGroups(null, 'a', null);
    await expect(claim(`pgmq.read_grouped('q', 30, 1)`)).resolves.toEqual(['1']);
    await expect(claim(`pgmq.read_grouped('q', 30, 5)`)).resolves.toEqual(['2']);
  });

  it('does not give a group to a second connection while the first has not committed', async () => {
    await sendInGroups('a', 'a', 'b');
    const other = await database.connect();
    await database.client.query('begin');
    await expect(claim(`pgmq.read_grouped('q', 30, 1)`)).resolves.toEqual(['1']);
    const { rows } = await other.query(`select msg_id from pgmq.read_grouped('q', 30, 5)`);
    await database.client.query('commit');
    expect(rows).toEqual([{ msg_id: '3' }]);
  });

  it('keeps the order of every group with four readers at once', async () => {
    const groups = Array.from({ length: 120 }, (_, n) => `g${n % 6}`);
    await sendInGroups(...groups);
    const readers = await Promise.all([1, 2, 3, 4].map(() => database.connect()));
    const handled: string[] = [];
    await Promise.all(
      readers.map(async (reader) => {
        while (handled.length < groups.length) {
          const { rows } = await reader.query<{ msg_id: string }>(`select msg_id from pgmq.read_grouped('q', 60, 3)`);
          const claimed = rows.map((row) => row.msg_id);
          handled.push(...claimed);
          await reader.query(`select pgmq.delete('q', $1::bigint[])`, [claimed]);
        }
      }),
    );
    for (let group = 0; group < 6; group += 1) {
      const ofGroup = handled.map(Number).filter((id) => (id - 1) % 6 === group);
      expect(ofGroup).toEqual(ofGroup.toSorted((left, right) => left - right));
    }
    expect(new Set(handled).size).toBe(120);
  });
});

describe('read_grouped_rr', () => {
  it('takes one message of each group in turn, and returns them so', async () => {
    await sendInGroups('a', 'a', 'a', 'b', 'b', 'c');
    await expect(claim(`pgmq.read_grouped_rr('q', 30, 5)`)).resolves.toEqual(['1', '4', '6', '2', '5']);
  });

  it('passes over a group in flight', async () => {
    await sendInGroups('a', 'b', 'a', 'b');
    await expect(claim(`pgmq.read_grouped_rr('q', 30, 1)`)).resolves.toEqual(['1']);
    await expect(claim(`pgmq.read_grouped_rr('q', 30, 5)`)).resolves.toEqual(['2', '4']);
  });

  it('does not wait for a group of the same name in another queue', async () => {
    await database.client.query(`select pgmq.create('other')`);
    await database.client.query(`select pgmq.send('other', '1'::jsonb, '{"x-pgmq-group":"a"}'::jsonb)`);
    await sendInGroups('a');
    const other = await database.connect();
    await other.query('begin');
    await other.query(`select pgmq.read_grouped_rr('other', 30, 1)`);
    await expect(claim(`pgmq.read_grouped_rr('q', 30, 1)`)).resolves.toEqual(['1']);
    await other.query('rollback');
  });
});

describe.each(['read_grouped_with_poll', 'read_grouped_rr_with_poll'])('%s', (poll) => {
  it('returns at once what is there', async () => {
    await sendInGroups('a', 'b');
    await expect(claim(`pgmq.${poll}('q', 30, 5)`)).resolves.toEqual(['1', '2']);
  });

  it('waits for a message that comes later', async () => {
    const other = await database.connect();
    const waiting = other.query(`select msg_id from pgmq.${poll}('q', 30, 5, 20, 5)`);
    await sendInGroups('a');
    await expect(waiting).resolves.toMatchObject({ rows: [{ msg_id: '1' }] });
  });

  it('returns nothing when it has no time', async () => {
    await sendInGroups('a');
    await expect(claim(`pgmq.${poll}('q', 30, 5, max_poll_seconds => 0)`)).resolves.toEqual([]);
  });
});

describe('the fifo index', () => {
  const indexes = `select indexname || ' ' || substring(indexdef from 'USING (\\w+)') from pg_indexes
                   where indexname like '%_fifo_idx' order by 1`;

  it('is a GIN index over the headers, made once', async () => {
    await database.client.query(`select pgmq.create_fifo_index('q'); select pgmq.create_fifo_index('q')`);
    await expect(database.column(indexes)).resolves.toEqual(['q_q_fifo_idx gin']);
  });

  it('is made for all queues by one call', async () => {
    await database.client.query(`select pgmq.create('other'); select pgmq.create_fifo_indexes_all()`);
    await expect(database.column(indexes)).resolves.toEqual(['q_other_fifo_idx gin', 'q_q_fifo_idx gin']);
  });
});
