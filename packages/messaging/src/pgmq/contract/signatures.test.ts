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

type Volatility = 'volatile' | 'stable' | 'immutable';
type Signature = readonly [name: string, parameters: string, result: string, volatility?: Volatility];

const records = 'SETOF pgmq.message_record';
const intervals = "partition_interval text DEFAULT '10000'::text, retention_interval text DEFAULT '100000'::text";
const polling = 'max_poll_seconds integer DEFAULT 5, poll_interval_ms integer DEFAULT 100';
const bindings = 'TABLE(pattern text, queue_name text, bound_at timestamp with time zone, compiled_regex text)';
const batchHits = 'TABLE(queue_name text, msg_id bigint)';
const throttles = 'TABLE(queue_name text, throttle_interval_ms integer, last_notified_at timestamp with time zone)';

const signatures: readonly Signature[] = [
  ['create', 'queue_name text', 'void'],
  ['create_non_partitioned', 'queue_name text', 'void'],
  ['create_unlogged', 'queue_name text', 'void'],
  ['create_partitioned', `queue_name text, ${intervals}`, 'void'],
  ['convert_archive_partitioned', `table_name text, ${intervals}, leading_partition integer DEFAULT 10`, 'void'],
  ['drop_queue', 'queue_name text', 'boolean'],
  ['drop_queue', 'queue_name text, partitioned boolean', 'boolean'],
  ['list_queues', '', 'SETOF pgmq.queue_record'],
  ['send', 'queue_name text, msg jsonb', 'SETOF bigint'],
  ['send', 'queue_name text, msg jsonb, headers jsonb', 'SETOF bigint'],
  ['send', 'queue_name text, msg jsonb, delay integer', 'SETOF bigint'],
  ['send', 'queue_name text, msg jsonb, delay timestamp with time zone', 'SETOF bigint'],
  ['send', 'queue_name text, msg jsonb, headers jsonb, delay integer', 'SETOF bigint'],
  ['send', 'queue_name text, msg jsonb, headers jsonb, delay timestamp with time zone', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[]', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[], headers jsonb[]', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[], delay integer', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[], delay timestamp with time zone', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[], headers jsonb[], delay integer', 'SETOF bigint'],
  ['send_batch', 'queue_name text, msgs jsonb[], headers jsonb[], delay timestamp with time zone', 'SETOF bigint'],
  ['read', "queue_name text, vt integer, qty integer, conditional jsonb DEFAULT '{}'::jsonb", records],
  [
    'read_with_poll',
    `queue_name text, vt integer, qty integer, ${polling}, conditional jsonb DEFAULT '{}'::jsonb`,
    records,
  ],
  ['read_grouped', 'queue_name text, vt integer, qty integer', records],
  ['read_grouped_with_poll', `queue_name text, vt integer, qty integer, ${polling}`, records],
  ['read_grouped_rr', 'queue_name text, vt integer, qty integer', records],
  ['read_grouped_rr_with_poll', `queue_name text, vt integer, qty integer, ${polling}`, records],
  ['pop', 'queue_name text, qty integer DEFAULT 1', records],
  ['archive', 'queue_name text, msg_id bigint', 'boolean'],
  ['archive', 'queue_name text, msg_ids bigint[]', 'SETOF bigint'],
  ['delete', 'queue_name text, msg_id bigint', 'boolean'],
  ['delete', 'queue_name text, msg_ids bigint[]', 'SETOF bigint'],
  ['set_vt', 'queue_name text, msg_id bigint, vt integer', records],
  ['set_vt', 'queue_name text, msg_id bigint, vt timestamp with time zone', records],
  ['set_vt', 'queue_name text, msg_ids bigint[], vt integer', records],
  ['set_vt', 'queue_name text, msg_ids bigint[], vt timestamp with time zone', records],
  ['purge_queue', 'queue_name text', 'bigint'],
  ['metrics', 'queue_name text', 'pgmq.metrics_result'],
  ['metrics_all', '', 'SETOF pgmq.metrics_result'],
  ['detach_archive', 'queue_name text', 'void'],
  ['enable_notify_insert', 'queue_name text, throttle_interval_ms integer DEFAULT 250', 'void'],
  ['disable_notify_insert', 'queue_name text', 'void'],
  ['update_notify_insert', 'queue_name text, throttle_interval_ms integer', 'void'],
  ['list_notify_insert_throttles', '', throttles, 'stable'],
  ['create_fifo_index', 'queue_name text', 'void'],
  ['create_fifo_indexes_all', '', 'void'],
  ['bind_topic', 'pattern text, queue_name text', 'void'],
  ['unbind_topic', 'pattern text, queue_name text', 'boolean'],
  ['list_topic_bindings', '', bindings, 'stable'],
  ['list_topic_bindings', 'queue_name text', bindings, 'stable'],
  ['test_routing', 'routing_key text', 'TABLE(pattern text, queue_name text, compiled_regex text)', 'stable'],
  ['send_topic', 'routing_key text, msg jsonb', 'integer'],
  ['send_topic', 'routing_key text, msg jsonb, delay integer', 'integer'],
  ['send_topic', 'routing_key text, msg jsonb, headers jsonb, delay integer', 'integer'],
  ['send_batch_topic', 'routing_key text, msgs jsonb[]', batchHits],
  ['send_batch_topic', 'routing_key text, msgs jsonb[], headers jsonb[]', batchHits],
  ['send_batch_topic', 'routing_key text, msgs jsonb[], delay integer', batchHits],
  ['send_batch_topic', 'routing_key text, msgs jsonb[], delay timestamp with time zone', batchHits],
  ['send_batch_topic', 'routing_key text, msgs jsonb[], headers jsonb[], delay integer', batchHits],
  ['send_batch_topic', 'routing_key text, msgs jsonb[], headers jsonb[], delay timestamp with time zone', batchHits],
  ['validate_queue_name', 'queue_name text', 'void'],
  ['validate_routing_key', 'routing_key text', 'boolean', 'immutable'],
  ['validate_topic_pattern', 'pattern text', 'boolean', 'immutable'],
  ['format_table_name', 'queue_name text, prefix text', 'text', 'immutable'],
  ['acquire_queue_lock', 'queue_name text', 'void'],
  ['notify_queue_listeners', '', 'trigger'],
];

async function installedSignatures(): Promise<string[]> {
  return database.column(`
    select format('%s(%s) -> %s %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid),
      case provolatile when 'v' then 'volatile' when 's' then 'stable' else 'immutable' end)
    from pg_proc
    where pronamespace = 'pgmq'::regnamespace and proname not like '\\_%'`);
}

it.each(signatures)('%s(%s) -> %s is there', async (name, parameters, result, volatility = 'volatile') => {
  await expect(installedSignatures()).resolves.toContain(`${name}(${parameters}) -> ${result} ${volatility}`);
});

it('offers no public function beyond the contract', async () => {
  const expected = signatures.map(([name, parameters, result, volatility = 'volatile']) => {
    return `${name}(${parameters}) -> ${result} ${volatility}`;
  });
  expect((await installedSignatures()).sort()).toEqual(expected.sort());
});

it.each([
  [
    'message_record',
    'msg_id bigint, read_ct integer, enqueued_at timestamp with time zone, last_read_at timestamp with time zone, ' +
      'vt timestamp with time zone, message jsonb, headers jsonb',
  ],
  [
    'queue_record',
    'queue_name character varying, is_partitioned boolean, is_unlogged boolean, created_at timestamp with time zone',
  ],
  [
    'metrics_result',
    'queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer, ' +
      'total_messages bigint, scrape_time timestamp with time zone, queue_visible_length bigint',
  ],
])('the type %s has its fields in order', async (type, fields) => {
  const found = await database.value(
    `select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
     from pg_attribute where attrelid = $1::regclass and attnum > 0`,
    [`pgmq.${type}`],
  );
  expect(found).toBe(fields);
});

it('the order of the returned columns is that of message_record', async () => {
  await database.client.query(`select pgmq.create('columns'); select pgmq.send('columns', '1'::jsonb)`);
  const result = await database.client.query(`select * from pgmq.read('columns', 0, 1)`);
  expect(result.fields.map((field) => field.name)).toEqual([
    'msg_id',
    'read_ct',
    'enqueued_at',
    'last_read_at',
    'vt',
    'message',
    'headers',
  ]);
});
