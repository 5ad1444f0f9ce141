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

describe('metrics', () => {
  it('of an empty queue has no ages', async () => {
    await expect(database.rows(`select * from pgmq.metrics('q')`)).resolves.toEqual([
      {
        queue_name: 'q',
        queue_length: '0',
        newest_msg_age_sec: null,
        oldest_msg_age_sec: null,
        total_messages: '0',
        scrape_time: expect.any(Date),
        queue_visible_length: '0',
      },
    ]);
  });

  it('counts all messages and the visible ones', async () => {
    await database.client.query(`select pgmq.send_batch('q', array['1','2','3']::jsonb[])`);
    await database.client.query(`select pgmq.read('q', 30, 1); select pgmq.send('q', '4'::jsonb, 60)`);
    await expect(
      database.rows(`select queue_length, queue_visible_length, total_messages from pgmq.metrics('q')`),
    ).resolves.toEqual([{ queue_length: '4', queue_visible_length: '2', total_messages: '4' }]);
  });

  it('tells the ages of the newest and the oldest message in whole seconds', async () => {
    await database.client.query(`select pgmq.send_batch('q', array['1','2']::jsonb[])`);
    await database.client.query(`update pgmq.q_q set enqueued_at = now() - make_interval(secs => 1000 * msg_id::int)`);
    const [ages] = await database.rows<{ newest_msg_age_sec: number; oldest_msg_age_sec: number }>(
      `select newest_msg_age_sec, oldest_msg_age_sec from pgmq.metrics('q')`,
    );
    expect(Math.floor(ages!.newest_msg_age_sec / 100)).toBe(10);
    expect(Math.floor(ages!.oldest_msg_age_sec / 100)).toBe(20);
  });

  it('keeps the total over deletes and a purge', async () => {
    await database.client.query(`select pgmq.send_batch('q', array['1','2']::jsonb[])`);
    await database.client.query(`select pgmq.pop('q'); select pgmq.purge_queue('q')`);
    await expect(database.rows(`select queue_length, total_messages from pgmq.metrics('q')`)).resolves.toEqual([
      { queue_length: '0', total_messages: '2' },
    ]);
  });

  it('of an unknown queue fails with undefined_table', async () => {
    await expect(database.client.query(`select pgmq.metrics('nowhere')`)).rejects.toMatchObject({ code: '42P01' });
  });
});

it('metrics_all has one row per queue', async () => {
  await database.client.query(`select pgmq.create('other'); select pgmq.send('other', '1'::jsonb)`);
  await expect(database.rows('select queue_name, queue_length from pgmq.metrics_all()')).resolves.toEqual([
    { queue_name: 'other', queue_length: '1' },
    { queue_name: 'q', queue_length: '0' },
  ]);
});
