import type { Client } from 'pg';
import { installPgmq } from '../install-pgmq';
import { type ContractDatabase, createContractDatabase } from './testing/contract-database';

const GATE = 4_711;

let database: ContractDatabase;
let claimer: Client;

/**
 * A row-level policy that waits at an advisory lock stops the claimer between its snapshot and its row lock,
 * which is the only place where another connection can move a message under its hands.
 */
beforeAll(async () => {
  database = await createContractDatabase();
  await installPgmq(database.client);
  await database.client.query(`
    create function public.pass_gate() returns boolean language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(${GATE}); return true; end $$;
    select pgmq.create('q');
    alter table pgmq.q_q enable row level security, force row level security;
    create policy gate on pgmq.q_q using (public.pass_gate());
    create role gated_${database.client.database};
    grant usage on schema pgmq to gated_${database.client.database};
    grant all on pgmq.q_q to gated_${database.client.database}`);
  claimer = await database.connect();
  await claimer.query(`set role gated_${database.client.database}`);
});

afterAll(async () => {
  const role = `gated_${database.client.database}`;
  await database.client.query(`drop owned by ${role} cascade; drop role ${role}`);
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await database.client.query(`select pgmq.purge_queue('q'); select pgmq.send('q', '"moved"'::jsonb)`);
});

async function claimWhile(call: string, change: string): Promise<{ message: unknown }[]> {
  const keeper = await database.connect();
  await keeper.query(`select pg_advisory_lock(${GATE})`);
  const claiming = claimer.query<{ message: unknown }>(`select message from ${call}`);
  await untilSomebodyWaits();
  await keeper.query(change);
  await keeper.query(`select pg_advisory_unlock(${GATE})`);
  return (await claiming).rows;
}

async function untilSomebodyWaits(): Promise<void> {
  let waiting: unknown[] = [];
  while (waiting.length === 0) {
    waiting = await database.column(
      `select pid from pg_locks where locktype = 'advisory' and objid = ${GATE} and not granted`,
    );
  }
}

describe.each(['read', 'pop'])('a message that moves while %s is on its way', (verb) => {
  const call = verb === 'read' ? `pgmq.read('q', 30, 1)` : `pgmq.pop('q', 1)`;

  it('is delivered once, now or by the next call, when it stays visible', async () => {
    const first = await claimWhile(call, `select pgmq.set_vt('q', array(select msg_id from pgmq.q_q), -1)`);
    const second = (await claimer.query<{ message: unknown }>(`select message from ${call}`)).rows;
    expect([...first, ...second]).toEqual([{ message: 'moved' }]);
  });

  it('is not delivered when it became invisible', async () => {
    const rows = await claimWhile(call, `select pgmq.read('q', 60, 1)`);
    expect(rows).toEqual([]);
    await expect(database.value(`select queue_length from pgmq.metrics('q')`)).resolves.toBe('1');
  });

  it('is not delivered when it was deleted', async () => {
    await expect(claimWhile(call, `select pgmq.pop('q')`)).resolves.toEqual([]);
  });
});
