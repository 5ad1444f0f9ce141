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
  await database.client.query(
    `select pgmq.send_batch('q', array['1','2','3']::jsonb[], array['{"h":1}','{}','{}']::jsonb[])`,
  );
});

function ids(source: string): Promise<string[]> {
  return database.column(`select msg_id from ${source} order by msg_id`);
}

describe('delete', () => {
  it('tells whether the message was there', async () => {
    await expect(database.value(`select pgmq.delete('q', 2)`)).resolves.toBe(true);
    await expect(database.value(`select pgmq.delete('q', 2)`)).resolves.toBe(false);
    await expect(ids('pgmq.q_q')).resolves.toEqual(['1', '3']);
  });

  it('returns of several ids those that existed', async () => {
    const deleted = await database.column(`select * from pgmq.delete('q', msg_ids => array[1, 3, 99])`);
    expect(deleted.sort()).toEqual(['1', '3']);
    await expect(ids('pgmq.q_q')).resolves.toEqual(['2']);
  });

  it('takes an empty array', async () => {
    await expect(database.column(`select * from pgmq.delete('q', array[]::bigint[])`)).resolves.toEqual([]);
  });
});

describe('archive', () => {
  it('moves a message with all that is known of it', async () => {
    await database.client.query(`select pgmq.read('q', 30, 1)`);
    const [before] = await database.rows('select * from pgmq.q_q where msg_id = 1');
    await expect(database.value(`select pgmq.archive('q', 1)`)).resolves.toBe(true);
    const [after] = await database.rows('select * from pgmq.a_q');
    expect(after).toEqual({ ...before, archived_at: expect.any(Date) });
    await expect(ids('pgmq.q_q')).resolves.toEqual(['2', '3']);
  });

  it('says no for a message that is not there', async () => {
    await expect(database.value(`select pgmq.archive('q', 99)`)).resolves.toBe(false);
    await expect(ids('pgmq.a_q')).resolves.toEqual([]);
  });

  it('returns of several ids those that existed', async () => {
    const archived = await database.column(`select * from pgmq.archive('q', array[1, 2, 99])`);
    expect(archived.sort()).toEqual(['1', '2']);
    await expect(ids('pgmq.a_q')).resolves.toEqual(['1', '2']);
  });

  it('stamps the start of the transaction', async () => {
    await database.client.query('begin');
    await database.client.query(`select pgmq.archive('q', 1)`);
    await expect(database.value('select archived_at = now() from pgmq.a_q')).resolves.toBe(true);
    await database.client.query('commit');
  });
});

describe('purge_queue', () => {
  it('removes all messages and counts them', async () => {
    await database.client.query(`select pgmq.set_vt('q', 2, 60)`);
    await expect(database.value(`select pgmq.purge_queue('q')`)).resolves.toBe('3');
    await expect(database.value(`select pgmq.purge_queue('q')`)).resolves.toBe('0');
  });

  it('goes on with the ids where they were', async () => {
    await database.client.query(`select pgmq.purge_queue('q')`);
    await expect(database.value(`select pgmq.send('q', '4'::jsonb)`)).resolves.toBe('4');
  });

  it('counts the message of a sender that it had to wait for', async () => {
    const sender = await database.connect();
    await sender.query(`begin; select pgmq.send('q', '4'::jsonb)`);
    const purging = database.value(`select pgmq.purge_queue('q')`);
    await sender.query('commit');
    await expect(purging).resolves.toMatch(/^4$/);
  });
});

it('detach_archive warns and changes nothing', async () => {
  const severities: (string | undefined)[] = [];
  database.client.once('notice', (notice) => severities.push(notice.severity));
  await database.client.query(`select pgmq.detach_archive('q')`);
  expect(severities).toEqual(['WARNING']);
  await expect(database.value(`select pgmq.archive('q', 1)`)).resolves.toBe(true);
});

it.each([
  `pgmq.delete('nowhere', 1)`,
  `pgmq.delete('nowhere', array[1]::bigint[])`,
  `pgmq.archive('nowhere', 1)`,
  `pgmq.archive('nowhere', array[1]::bigint[])`,
  `pgmq.purge_queue('nowhere')`,
])('%s fails with undefined_table', async (call) => {
  await expect(database.client.query(`select ${call}`)).rejects.toMatchObject({ code: '42P01' });
});
