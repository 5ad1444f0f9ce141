import { Pool } from 'pg';
import { InvalidMessageError, QueueNotFoundError } from '../errors';
import type { QueueName } from '../queue-name';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { installPgmq, type SqlClient } from './install-pgmq';
import { PgmqProvider } from './pgmq-provider';
import { SendBatcher, type SendTarget } from './send-batcher';

const QUEUE = 'sends' as QueueName;
const TARGET: SendTarget = { queue: QUEUE, headers: null, delayMs: 0 };

let database: ThrowAwayDatabase;
let pool: Pool;
/** How many messages each statement had. */
let sizes: number[];
let batcher: SendBatcher;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  await installPgmq(pool);
});

beforeEach(async () => {
  await pool.query('select pgmq.create($1)', [QUEUE]);
  sizes = [];
  const counting: SqlClient = {
    query(text, values) {
      sizes.push(JSON.parse(String(values?.[0])).length);
      return pool.query(text, values as unknown[]);
    },
  };
  batcher = new SendBatcher(counting);
});

afterEach(() => pool.query('select pgmq.drop_queue($1)', [QUEUE]));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const rowsOf = async (columns: string) =>
  (await pool.query(`select ${columns} from pgmq.q_${QUEUE} order by msg_id`)).rows;

test('calls of one turn go by one statement, in order, and each has the ids of its own messages', async () => {
  const answers = await Promise.all(range(50).map((n) => batcher.send(TARGET, [`[${n},0]`, `[${n},1]`])));
  expect(sizes).toHaveLength(1);
  const rows = await rowsOf('msg_id::text as id, message');
  expect(rows.map(({ message }) => message)).toEqual(range(100).map((n) => [Math.floor(n / 2), n % 2]));
  expect(answers.flat()).toEqual(rows.map(({ id }) => id));
  expect(answers.every((ids) => ids.length === 2)).toBe(true);
});

test('while statements are on their way the calls that come go together in the next', async () => {
  const lane = async (n: number) => {
    for (const round of range(20)) await batcher.send(TARGET, [`[${n},${round}]`]);
  };
  await Promise.all(range(30).map(lane));
  expect(await rowsOf('1')).toHaveLength(600);
  expect(sizes.length).toBeLessThan(150);
});

test('what waits is shared between four statements of 100 messages at least and 400 at most', async () => {
  const ten = range(10).map(String);
  const sizesOf = async (callCount: number) => {
    sizes = [];
    await Promise.all(range(callCount).map(() => batcher.send(TARGET, ten)));
    return sizes;
  };
  expect(await sizesOf(10)).toEqual([100]);
  expect(await sizesOf(25)).toEqual([100, 100, 50]);
  expect(await sizesOf(100)).toEqual([250, 250, 250, 250]);
  expect((await sizesOf(200)).slice(0, 4)).toEqual([400, 400, 400, 400]);
  expect(sizes.slice(4).reduce((sum, size) => sum + size, 0)).toBe(400);
});

test('a large call has its own statement, and a statement ends with its first megabyte', async () => {
  await Promise.all([batcher.send(TARGET, range(1_000).map(String)), batcher.send(TARGET, ['1'])]);
  expect(sizes).toEqual([1_000, 1]);
  const long = JSON.stringify('x'.repeat(600_000));
  await Promise.all([batcher.send(TARGET, [long]), batcher.send(TARGET, [long])]);
  expect(sizes.slice(2)).toEqual([1, 1]);
  expect(await rowsOf('1')).toHaveLength(1_003);
});

test('calls with other headers, another delay or another queue go apart', async () => {
  await pool.query("select pgmq.create('other')");
  await Promise.all([
    batcher.send(TARGET, ['1']),
    batcher.send({ ...TARGET, headers: '{"a":"b"}' }, ['2']),
    batcher.send({ ...TARGET, delayMs: 60_000 }, ['3']),
    batcher.send({ ...TARGET, queue: 'other' as QueueName }, ['4']),
  ]);
  const rows = await rowsOf(`message, headers, vt > clock_timestamp() + '30 s' as "isDelayed"`);
  expect(rows.sort((a, b) => a.message - b.message)).toEqual([
    { message: 1, headers: null, isDelayed: false },
    { message: 2, headers: { a: 'b' }, isDelayed: false },
    { message: 3, headers: null, isDelayed: true },
  ]);
  expect((await pool.query('select message from pgmq.q_other')).rows).toEqual([{ message: 4 }]);
});

test('a message that cannot be stored fails its own call, and no other', async () => {
  const bad = JSON.stringify('a\0b');
  const answers = await Promise.allSettled([
    batcher.send(TARGET, ['1', '2']),
    batcher.send(TARGET, ['3', bad]),
    batcher.send(TARGET, ['4']),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(answers[1]).toHaveProperty('reason', expect.any(InvalidMessageError));
  expect((await rowsOf('message')).map(({ message }) => message)).toEqual([1, 2, 4]);
});

test('all calls to a queue that is not there fail, and later ones work', async () => {
  const missing = { ...TARGET, queue: 'missing' as QueueName };
  const answers = await Promise.allSettled([batcher.send(missing, ['1']), batcher.send(missing, ['2'])]);
  for (const answer of answers) expect(answer).toHaveProperty('reason', expect.any(QueueNotFoundError));
  expect(sizes).toHaveLength(1);
  await pool.query("select pgmq.create('missing')");
  await expect(batcher.send(missing, ['3'])).resolves.toHaveLength(1);
});

test('draining waits for what is on its way and for what waits, and needs no calls', async () => {
  await batcher.drain();
  let answered = 0;
  for (const n of range(2_000)) void batcher.send(TARGET, [String(n)]).then(() => (answered += 1));
  await batcher.drain();
  await Promise.resolve();
  expect(answered).toBe(2_000);
});

test('headers are those of the moment of the call', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  const headers = { n: '1' };
  const sends = [provider.send(QUEUE, 1, { headers })];
  headers.n = '2';
  sends.push(provider.send(QUEUE, 2, { headers }));
  await Promise.all(sends);
  expect((await rowsOf('message, headers')).sort((a, b) => a.message - b.message)).toEqual([
    { message: 1, headers: { n: '1' } },
    { message: 2, headers: { n: '2' } },
  ]);
});

test('a provider that stops has stored what was sent before', async () => {
  const provider = new PgmqProvider({ connectionString: database.url });
  await provider.start();
  const sends = range(1_000).map((n) => provider.send(QUEUE, n));
  await provider.stop();
  expect(await rowsOf('1')).toHaveLength(1_000);
  expect(await Promise.all(sends)).toHaveLength(1_000);
});
