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

function codeOf(sql: string): Promise<string> {
  return database.client.query(sql).then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );
}

function messageOf(sql: string): Promise<string> {
  return database.client.query(sql).then(
    () => 'no error',
    (error: Error) => error.message,
  );
}

/** Of each message in order whether it becomes visible so many seconds after a moment since its transaction began. */
function areDelayed(seconds: number): Promise<boolean[]> {
  return database.column(
    `select vt - make_interval(secs => $1) between enqueued_at and clock_timestamp() from pgmq.q_q order by msg_id`,
    [seconds],
  );
}

describe('send', () => {
  it.each([
    ['send(queue, msg)', `pgmq.send('q', '{"n":1}'::jsonb)`, null, 0],
    ['send(queue, msg, headers)', `pgmq.send('q', '{"n":1}'::jsonb, '{"h":1}'::jsonb)`, { h: 1 }, 0],
    ['send(queue, msg, delay integer)', `pgmq.send('q', '{"n":1}'::jsonb, 60)`, null, 60],
    ['send(queue, msg, delay timestamptz)', `pgmq.send('q', '{"n":1}'::jsonb, now() + interval '90 s')`, null, 90],
    ['send(…, headers, delay integer)', `pgmq.send('q', '{"n":1}'::jsonb, '{"h":1}'::jsonb, 60)`, { h: 1 }, 60],
    [
      'send(…, headers, delay timestamptz)',
      `pgmq.send('q', '{"n":1}'::jsonb, '{"h":1}'::jsonb, now() + interval '90 s')`,
      { h: 1 },
      90,
    ],
  ])('%s returns the id and stores what was given', async (_shape, call, headers, delaySeconds) => {
    await expect(database.column(`select * from ${call}`)).resolves.toEqual(['1']);
    await expect(database.rows('select read_ct, last_read_at, message, headers from pgmq.q_q')).resolves.toEqual([
      { read_ct: 0, last_read_at: null, message: { n: 1 }, headers },
    ]);
    await expect(areDelayed(delaySeconds)).resolves.toEqual([true]);
  });

  it('takes named arguments', async () => {
    await database.client.query(
      `select pgmq.send(queue_name => 'q', msg => '1'::jsonb, headers => '{}'::jsonb, delay => 0)`,
    );
    await expect(areDelayed(0)).resolves.toEqual([true]);
  });

  it('takes SQL null and JSON null for a message', async () => {
    await database.client.query(`select pgmq.send('q', null::jsonb), pgmq.send('q', 'null'::jsonb)`);
    await expect(database.column('select message::text from pgmq.q_q order by msg_id')).resolves.toEqual([
      null,
      'null',
    ]);
  });

  it('cannot choose between untyped message and headers or delay', async () => {
    await expect(codeOf(`select pgmq.send('q', '{}', '{}')`)).resolves.toBe('42725');
  });

  it('knows an unknown queue by undefined_table', async () => {
    await expect(codeOf(`select pgmq.send('nowhere', '{}'::jsonb)`)).resolves.toBe('42P01');
    await expect(codeOf(`select pgmq.send_batch('nowhere', array['{}'::jsonb])`)).resolves.toBe('42P01');
  });

  it('takes the clock, not the start of the transaction, for the time of visibility', async () => {
    await database.client.query(`begin; select pg_sleep(0.01); select pgmq.send('q', '2'::jsonb); commit`);
    await expect(database.value(`select vt > enqueued_at from pgmq.q_q where message = '2'`)).resolves.toBe(true);
  });
});

describe('send_batch', () => {
  const msgs = `array['"a"','"b"','"c"']::jsonb[]`;
  const headers = `array['{"h":1}',null,'{"h":3}']::jsonb[]`;

  it.each([
    ['send_batch(queue, msgs)', `${msgs}`, [null, null, null], 0],
    ['send_batch(queue, msgs, headers)', `${msgs}, ${headers}`, [{ h: 1 }, null, { h: 3 }], 0],
    ['send_batch(queue, msgs, delay integer)', `${msgs}, 60`, [null, null, null], 60],
    ['send_batch(queue, msgs, delay timestamptz)', `${msgs}, now() + interval '90 s'`, [null, null, null], 90],
    ['send_batch(…, headers, delay integer)', `${msgs}, ${headers}, 60`, [{ h: 1 }, null, { h: 3 }], 60],
    [
      'send_batch(…, headers, delay timestamptz)',
      `${msgs}, ${headers}, now() + interval '90 s'`,
      [{ h: 1 }, null, { h: 3 }],
      90,
    ],
  ])('%s returns the ids in the order of the array', async (_shape, parameters, expectedHeaders, delaySeconds) => {
    await expect(database.column(`select * from pgmq.send_batch('q', ${parameters})`)).resolves.toEqual([
      '1',
      '2',
      '3',
    ]);
    await expect(database.column('select message from pgmq.q_q order by msg_id')).resolves.toEqual(['a', 'b', 'c']);
    await expect(database.column('select headers from pgmq.q_q order by msg_id')).resolves.toEqual(expectedHeaders);
    await expect(areDelayed(delaySeconds)).resolves.toEqual([true, true, true]);
  });

  it('keeps the order of a thousand messages', async () => {
    await database.client.query(
      `select pgmq.send_batch('q', (select array_agg(to_jsonb(n) order by n) from generate_series(1, 1000) n))`,
    );
    await expect(database.value('select bool_and(msg_id = message::bigint) from pgmq.q_q')).resolves.toBe(true);
  });

  it('refuses a batch without messages', async () => {
    const message = 'msgs cannot be NULL or empty';
    await expect(messageOf(`select pgmq.send_batch('q', null::jsonb[])`)).resolves.toBe(message);
    await expect(messageOf(`select pgmq.send_batch('q', array[]::jsonb[])`)).resolves.toBe(message);
  });

  it('refuses headers of another length', async () => {
    await expect(messageOf(`select pgmq.send_batch('q', ${msgs}, array['{}']::jsonb[])`)).resolves.toBe(
      'headers array length (1) must match msgs array length (3)',
    );
  });
});
