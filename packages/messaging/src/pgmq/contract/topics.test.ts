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
  for (const queue of ['first', 'second']) {
    await database.client.query('select pgmq.drop_queue($1)', [queue]);
    await database.client.query('select pgmq.create($1)', [queue]);
  }
});

async function bind(pattern: string, queue: string): Promise<void> {
  await database.client.query('select pgmq.bind_topic($1, $2)', [pattern, queue]);
}

function lengths(): Promise<string[]> {
  return database.column('select queue_length from pgmq.metrics_all() order by queue_name');
}

describe('bindings', () => {
  it('binding twice keeps one', async () => {
    await bind('a.*', 'first');
    await bind('a.*', 'first');
    await expect(database.rows('select * from pgmq.list_topic_bindings()')).resolves.toEqual([
      { pattern: 'a.*', queue_name: 'first', bound_at: expect.any(Date), compiled_regex: '^a\\.[^.]+$' },
    ]);
  });

  it('unbinding tells whether there was one', async () => {
    await bind('a.*', 'first');
    await expect(database.value(`select pgmq.unbind_topic('a.*', 'first')`)).resolves.toBe(true);
    await expect(database.value(`select pgmq.unbind_topic('a.*', 'first')`)).resolves.toBe(false);
  });

  it('needs a queue that exists', async () => {
    await expect(bind('a.*', 'nowhere')).rejects.toThrow('queue "nowhere" does not exist');
  });

  it('are listed newest first, then by pattern, for all queues or one', async () => {
    await bind('z', 'first');
    await database.client.query('begin');
    await bind('b', 'second');
    await bind('a', 'second');
    await bind('a', 'first');
    await database.client.query('commit');
    const listed = await database.column(`select pattern || ':' || queue_name from pgmq.list_topic_bindings()`);
    expect(listed).toEqual(['a:first', 'a:second', 'b:second', 'z:first']);
    await expect(database.column(`select pattern from pgmq.list_topic_bindings('second')`)).resolves.toEqual([
      'a',
      'b',
    ]);
  });
});

describe('routing', () => {
  it.each([
    ['logs.error', 'logs.error', true],
    ['logs.error', 'logsXerror', false],
    ['logs.*', 'logs.error', true],
    ['logs.*', 'logs.error.db', false],
    ['logs.*', 'logs', false],
    ['*.error', 'logs.error', true],
    ['logs.*.db', 'logs.error.db', true],
    ['logs.#', 'logs.error.db', true],
    ['logs.#', 'logs', false],
    ['#', 'anything.at-all_1', true],
    ['#.db', 'logs.error.db', true],
  ])('the pattern %s and the key %s: %s', async (pattern, key, matches) => {
    await bind(pattern, 'first');
    await expect(database.column('select queue_name from pgmq.test_routing($1)', [key])).resolves.toEqual(
      matches ? ['first'] : [],
    );
  });

  it('test_routing lists every binding that matches, by pattern', async () => {
    await bind('b.#', 'first');
    await bind('*.c', 'second');
    await expect(database.rows(`select * from pgmq.test_routing('b.c')`)).resolves.toEqual([
      { pattern: '*.c', queue_name: 'second', compiled_regex: '^[^.]+\\.c$' },
      { pattern: 'b.#', queue_name: 'first', compiled_regex: '^b\\..*$' },
    ]);
  });
});

describe('send_topic', () => {
  it('gives each queue that is hit one copy and counts the queues', async () => {
    await bind('a.*', 'first');
    await bind('a.#', 'first');
    await bind('a.b', 'second');
    await expect(database.value(`select pgmq.send_topic('a.b', '{"n":1}'::jsonb)`)).resolves.toBe(2);
    await expect(lengths()).resolves.toEqual(['1', '1']);
  });

  it('sends nowhere without an error when nothing matches', async () => {
    await expect(database.value(`select pgmq.send_topic('a.b', '1'::jsonb)`)).resolves.toBe(0);
  });

  it('passes headers and delay on', async () => {
    await bind('a', 'first');
    await database.client.query(
      `select pgmq.send_topic('a', '1'::jsonb, 60), pgmq.send_topic('a', '2'::jsonb, '{"h":1}'::jsonb, 90)`,
    );
    await expect(
      database.rows(
        `select headers, vt - delay between enqueued_at and clock_timestamp() as is_delayed
         from pgmq.q_first join (values (1, interval '60 s'), (2, interval '90 s')) as asked (id, delay) on id = msg_id
         order by msg_id`,
      ),
    ).resolves.toEqual([
      { headers: null, is_delayed: true },
      { headers: { h: 1 }, is_delayed: true },
    ]);
  });

  it('sends to all queues or to none', async () => {
    await bind('a', 'first');
    await bind('a', 'second');
    await database.client.query('drop table pgmq.q_second');
    await expect(database.client.query(`select pgmq.send_topic('a', '1'::jsonb)`)).rejects.toMatchObject({
      code: '42P01',
    });
    await expect(database.value('select count(*) from pgmq.q_first')).resolves.toBe('0');
    await database.client.query(`delete from pgmq.meta where queue_name = 'second'; drop table pgmq.a_second`);
  });
});

describe('send_batch_topic', () => {
  const msgs = `array['1','2']::jsonb[]`;
  const headers = `array['{"h":1}','{"h":2}']::jsonb[]`;

  it.each([
    [msgs, 0],
    [`${msgs}, ${headers}`, 0],
    [`${msgs}, 60`, 60],
    [`${msgs}, now() + interval '90 s'`, 90],
    [`${msgs}, ${headers}, 60`, 60],
    [`${msgs}, ${headers}, now() + interval '90 s'`, 90],
  ])('(key, %s) returns queue and id of every copy', async (parameters, delaySeconds) => {
    await bind('a', 'first');
    await bind('a', 'second');
    await expect(database.rows(`select * from pgmq.send_batch_topic('a', ${parameters})`)).resolves.toEqual([
      { queue_name: 'first', msg_id: '1' },
      { queue_name: 'first', msg_id: '2' },
      { queue_name: 'second', msg_id: '1' },
      { queue_name: 'second', msg_id: '2' },
    ]);
    await expect(
      database.column(
        'select distinct vt - make_interval(secs => $1) between enqueued_at and clock_timestamp() from pgmq.q_second',
        [delaySeconds],
      ),
    ).resolves.toEqual([true]);
  });

  it('refuses a bad batch even when nothing matches', async () => {
    await expect(database.client.query(`select pgmq.send_batch_topic('a', array[]::jsonb[])`)).rejects.toThrow(
      'msgs cannot be NULL or empty',
    );
  });
});

describe('validation', () => {
  it.each(['a', 'a.b-c_D.9', 'x'.repeat(255)])('the routing key %s is valid', async (key) => {
    await expect(database.value('select pgmq.validate_routing_key($1)', [key])).resolves.toBe(true);
  });

  it.each(['', null, '.a', 'a.', 'a..b', 'a b', 'a.*', 'é', 'x'.repeat(256)])(
    'the routing key %s is not',
    async (key) => {
      await expect(database.client.query('select pgmq.validate_routing_key($1)', [key])).rejects.toThrow('routing_key');
      await expect(database.client.query(`select pgmq.send_topic($1, '1'::jsonb)`, [key])).rejects.toThrow(
        'routing_key',
      );
    },
  );

  it.each(['a', '*', '#', 'a.*.#', 'x'.repeat(255)])('the pattern %s is valid', async (pattern) => {
    await expect(database.value('select pgmq.validate_topic_pattern($1)', [pattern])).resolves.toBe(true);
  });

  it.each(['', null, '.a', 'a.', 'a..b', 'a b', '**', '##', '*#', '#*', 'x'.repeat(256)])(
    'the pattern %s is not',
    async (pattern) => {
      await expect(database.client.query('select pgmq.validate_topic_pattern($1)', [pattern])).rejects.toThrow(
        'pattern',
      );
      await expect(database.client.query(`select pgmq.bind_topic($1, 'first')`, [pattern])).rejects.toThrow('pattern');
    },
  );
});
