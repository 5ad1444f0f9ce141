import type { Client } from 'pg';
import { installPgmq } from '../install-pgmq';
import { type ContractDatabase, createContractDatabase } from './testing/contract-database';

let database: ContractDatabase;
let listener: Client;
let heard: string[];

beforeAll(async () => {
  database = await createContractDatabase();
  await installPgmq(database.client);
  listener = await database.connect();
  listener.on('notification', ({ channel, payload }) => heard.push(`${channel}=${payload}`));
  await listener.query('listen "pgmq.q_q.INSERT"; listen "pgmq.q_mixed.INSERT"; listen done');
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  heard = [];
  await database.client.query(`select pgmq.drop_queue('q'); select pgmq.create('q')`);
});

/** All notifications of what was committed before the call. */
async function notifications(): Promise<string[]> {
  const arrived = new Promise<void>((resolve) => {
    const onMessage = ({ channel }: { channel: string }) => {
      if (channel !== 'done') return;
      listener.off('notification', onMessage);
      resolve();
    };
    listener.on('notification', onMessage);
  });
  await database.client.query('notify done');
  await arrived;
  return heard.filter((each) => !each.startsWith('done'));
}

async function send(): Promise<void> {
  await database.client.query(`select pgmq.send('q', '1'::jsonb)`);
}

function throttles(): Promise<Record<string, unknown>[]> {
  return database.rows(
    `select queue_name, throttle_interval_ms, last_notified_at = to_timestamp(0) as never
     from pgmq.list_notify_insert_throttles()`,
  );
}

describe('enable_notify_insert', () => {
  it('notifies pgmq.q_<queue>.INSERT without payload', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q')`);
    await send();
    await expect(notifications()).resolves.toEqual(['pgmq.q_q.INSERT=']);
    await expect(throttles()).resolves.toEqual([{ queue_name: 'q', throttle_interval_ms: 250, never: false }]);
  });

  it('notifies once per interval', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q', 3600000)`);
    await send();
    await send();
    await database.client.query(`select pgmq.send_batch('q', array['1','2']::jsonb[])`);
    await expect(notifications()).resolves.toHaveLength(1);
  });

  it('notifies for every transaction when the interval is 0', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q', 0)`);
    await send();
    await send();
    await expect(notifications()).resolves.toHaveLength(2);
  });

  it('may be called twice, the second interval counts', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q'); select pgmq.enable_notify_insert('q', 0)`);
    await send();
    await send();
    await expect(notifications()).resolves.toHaveLength(2);
    await expect(throttles()).resolves.toMatchObject([{ throttle_interval_ms: 0 }]);
  });

  it('refuses a negative interval and an unknown queue', async () => {
    await expect(database.client.query(`select pgmq.enable_notify_insert('q', -1)`)).rejects.toThrow(
      'throttle_interval_ms must be 0 or more',
    );
    await expect(database.client.query(`select pgmq.enable_notify_insert('nowhere')`)).rejects.toThrow(
      'queue "nowhere" does not exist',
    );
  });

  it('works for a queue whose name has capitals', async () => {
    await database.client.query(`select pgmq.create('Mixed'); select pgmq.enable_notify_insert('Mixed', 3600000)`);
    await database.client.query(`select pgmq.send('Mixed', '1'::jsonb); select pgmq.drop_queue('Mixed')`);
    await expect(notifications()).resolves.toEqual(['pgmq.q_mixed.INSERT=']);
  });

  it('puts a deferrable constraint trigger on the queue', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q')`);
    await expect(
      database.rows(`select tgname, tgdeferrable, (tgtype & 1) = 1 as for_each_row from pg_trigger
                     where tgrelid = 'pgmq.q_q'::regclass and not tgisinternal`),
    ).resolves.toEqual([{ tgname: 'trigger_notify_queue_insert_listeners', tgdeferrable: true, for_each_row: true }]);
  });
});

describe('the throttle', () => {
  it('notifies when its row is gone', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q'); delete from pgmq.notify_insert_throttle`);
    await send();
    await send();
    await expect(notifications()).resolves.toHaveLength(2);
  });

  it('is a logged table, so that a crash does not empty it', async () => {
    await expect(
      database.value(`select relpersistence from pg_class where oid = 'pgmq.notify_insert_throttle'::regclass`),
    ).resolves.toBe('p');
  });

  it('makes no sender wait for another that has not committed', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q')`);
    const slow = await database.connect();
    await slow.query(`begin; select pgmq.send('q', '1'::jsonb)`);
    await database.client.query(`set lock_timeout = '30s'`);
    await send();
    await database.client.query('reset lock_timeout');
    await slow.query('commit');
    await expect(notifications()).resolves.toHaveLength(1);
  });

  it('is not used up by a sender that rolls back', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q', 3600000)`);
    await database.client.query(`begin; select pgmq.send('q', '1'::jsonb); rollback`);
    await send();
    await expect(notifications()).resolves.toHaveLength(1);
  });
});

describe('update_notify_insert', () => {
  it('sets the interval and forgets the last notification', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q', 3600000)`);
    await send();
    await database.client.query(`select pgmq.update_notify_insert('q', 7200000)`);
    await expect(throttles()).resolves.toEqual([{ queue_name: 'q', throttle_interval_ms: 7_200_000, never: true }]);
    await send();
    await expect(notifications()).resolves.toHaveLength(2);
  });

  it.each([
    [`pgmq.update_notify_insert('q', 10)`, 'notifications are not enabled for queue "q"'],
    [`pgmq.update_notify_insert('nowhere', 10)`, 'queue "nowhere" does not exist'],
    [`pgmq.update_notify_insert('q', -1)`, 'throttle_interval_ms must be 0 or more'],
  ])('%s is refused', async (call, message) => {
    await expect(database.client.query(`select ${call}`)).rejects.toThrow(message);
  });
});

describe('disable_notify_insert', () => {
  it('ends the notifications and may be called twice', async () => {
    await database.client.query(`select pgmq.enable_notify_insert('q')`);
    await database.client.query(`select pgmq.disable_notify_insert('q'); select pgmq.disable_notify_insert('q')`);
    await send();
    await expect(notifications()).resolves.toEqual([]);
    await expect(throttles()).resolves.toEqual([]);
  });
});
