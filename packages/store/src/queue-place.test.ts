import { Client, type Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from './testing/test-database';

const QUEUE = 'worker_jobs_queue';

let database: TestDatabase;
let pool: Pool;
/** Takes; its session has the place. */
let taker: Client;
/** Sends in transactions of its own. */
let sender: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
});
beforeEach(async () => {
  await pool.query(`select tasker.create_queue('${QUEUE}')`);
  [taker, sender] = [1, 2].map(() => new Client({ connectionString: database.connectionString })) as [Client, Client];
  await Promise.all([taker.connect(), sender.connect()]);
});
afterEach(async () => {
  await taker.end();
  await sender.end();
  await pool.query(`select pgmq.drop_queue('${QUEUE}')`);
});
afterAll(() => database[Symbol.asyncDispose]());

const push = (client: Client | Pool, ...bodies: readonly number[]) =>
  client.query(`select tasker.push_${QUEUE}($1::jsonb[])`, [bodies]);

interface Taker {
  take(max: number): Promise<readonly number[]>;
  readonly statement: string;
}

const TAKERS: Readonly<Record<'pop' | 'relay', Taker>> = {
  pop: {
    statement: `select tasker.pop_${QUEUE}(1)`,
    take: async (max) => (await taker.query(`select tasker.pop_${QUEUE}($1) as bodies`, [max])).rows[0].bodies ?? [],
  },
  relay: {
    statement: `select * from tasker.relay_${QUEUE}('{}', 1, 60000)`,
    async take(max) {
      const { rows } = await taker.query(`select * from tasker.relay_${QUEUE}('{}', $1, 60000)`, [max]);
      return rows.map((row) => row.message);
    },
  },
};

/** Sets when the session looks from the oldest again, so that no test waits for it, or is too slow for it. */
async function setDue(name: keyof typeof TAKERS, inMs: number): Promise<void> {
  const setting = `tasker.place_of_${name}_${QUEUE}`;
  await taker.query(
    `select set_config($1, row(p.look_from, p.next_from, p.newest_id, tasker.now_ms() + $2)::tasker.queue_place::text, false)
     from (select (current_setting($1)::tasker.queue_place).*) p`,
    [setting, inMs],
  );
}

/** Pages that a look touches. */
async function countPages(client: Client, statement: string): Promise<number> {
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${statement}`);
  const { Plan } = rows[0]['QUERY PLAN'][0];
  return Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'];
}

describe.each(['pop', 'relay'] as const)('%s', (name) => {
  const { take, statement } = TAKERS[name];
  const isDue = () => setDue(name, 0);
  const isNotDue = () => setDue(name, 30_000);

  test('does not pass again what was taken, though an open transaction keeps vacuum from removing it', async () => {
    // Statistics that arrive between two looks would have the next one planned anew, from 40 pages of the catalog.
    await pool.query(`alter table pgmq.q_${QUEUE} set (autovacuum_enabled = off)`);
    await sender.query('begin isolation level repeatable read; select 1');
    await pool.query(`select tasker.push_${QUEUE}(array_agg(to_jsonb(n))) from generate_series(1, 20000) n`);
    for (let taken = 0; taken < 20_000; taken += 500) await take(500);
    if (name === 'relay') await pool.query(`delete from pgmq.q_${QUEUE}`);
    await push(pool, 1);
    await isDue();
    await take(1);
    await push(pool, 2, 3);
    await isDue();
    expect(await countPages(taker, statement)).toBeGreaterThan(300);
    await isNotDue();
    expect(await countPages(taker, statement)).toBeLessThan(60);
  });

  /** Message 1 is sent and not committed; 2 to 4 are taken meanwhile, and the session's place is above all of them. */
  async function passBy(): Promise<void> {
    await sender.query('begin');
    await push(sender, 1);
    for (const body of [2, 3, 4]) {
      await push(pool, body);
      expect(await take(5)).toEqual([body]);
      await isDue();
    }
    await push(pool, 5);
    expect(await take(5)).toEqual([5]);
  }

  test('finds at once what was committed late when there is nothing else', async () => {
    await passBy();
    await sender.query('commit');
    expect(await take(5)).toEqual([1]);
  });

  test('finds what was committed late beside others once it is time', async () => {
    await passBy();
    await sender.query('commit');
    await push(pool, 6);
    await isNotDue();
    expect(await take(1)).toEqual([6]);
    await push(pool, 7);
    await isDue();
    expect(await take(1)).toEqual([1]);
    expect(await take(1)).toEqual([7]);
  });

  test('is told to look where nothing comes after what was passed by', async () => {
    await passBy();
    await push(pool, 6);
    await sender.query('commit');
    await isNotDue();
    expect(await take(1)).toEqual([6]);
    const { rows } = await pool.query('select tasker.wake_stalled_queues(0) as stalled');
    expect(rows[0].stalled.queues).toEqual([QUEUE]);
    expect(await take(5)).toEqual([1]);
  });

  test('finds what it had taken in a transaction that was rolled back', async () => {
    await push(pool, 1, 2);
    await taker.query('begin');
    expect(await take(1)).toEqual([1]);
    await taker.query('rollback');
    expect(await take(5)).toEqual([1, 2]);
  });

  test('starts anew with a queue that was deleted and made again', async () => {
    for (const body of [1, 2, 3]) {
      await push(pool, body);
      expect(await take(5)).toEqual([body]);
      await isDue();
    }
    await pool.query(`select pgmq.drop_queue('${QUEUE}')`);
    await pool.query(`select tasker.create_queue('${QUEUE}')`);
    await push(pool, 4);
    expect(await take(5)).toEqual([4]);
  });
});
