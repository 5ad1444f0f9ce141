import { createQueryCache, type QueryCacheOptions, type Volatility } from './query-cache';

/** A cache over a database that counts how often it was asked. */
function createCache(options: QueryCacheOptions = {}) {
  // The library takes an instant of 0 for none.
  const time = { nowMs: 1_000 };
  const clock = { monotonicMs: () => time.nowMs };
  const reads: string[] = [];
  const cache = createQueryCache({ clock, onRead: (result) => void reads.push(result), ...options });
  let answerCount = 0;
  const load = async () => {
    answerCount += 1;
    return { answer: answerCount };
  };
  const read = async (key: string, volatility: Volatility = 'lasting') =>
    (await cache.read(['test', key], volatility, load))?.answer;
  const advance = (ms: number) => {
    time.nowMs += ms;
  };
  return { cache, advance, reads, read };
}

test('the database is asked once for many reads', async () => {
  const { read, reads } = createCache();
  expect([await read('a'), await read('a'), await read('b'), await read('a')]).toEqual([1, 1, 2, 1]);
  expect(reads).toEqual(['miss', 'hit', 'miss', 'hit']);
});

test('an answer is remembered for the time to live and no longer', async () => {
  const { read, advance } = createCache({ ttlMs: 60_000 });
  await read('a');
  advance(59_999);
  expect(await read('a')).toBe(1);
  advance(2);
  expect(await read('a')).toBe(2);
});

test('what another registration can change is remembered for a second, unless the process would hear of it', async () => {
  const deaf = createCache();
  await deaf.read('a', 'changing');
  deaf.advance(1_001);
  expect(await deaf.read('a', 'changing')).toBe(2);
  const listening = createCache({ hearsOfChanges: () => true });
  await listening.read('a', 'changing');
  listening.advance(299_000);
  expect(await listening.read('a', 'changing')).toBe(1);
});

test('of more answers than fit, the one used longest ago is forgotten', async () => {
  const { read } = createCache({ maxSize: 2 });
  for (const key of ['a', 'b', 'a', 'c']) await read(key);
  expect(await read('a')).toBe(1);
  expect(await read('b')).toBe(4);
});

test('a disabled cache asks every time', async () => {
  const { read, reads } = createCache({ enabled: false });
  expect([await read('a'), await read('a')]).toEqual([1, 2]);
  expect(reads).toEqual(['miss', 'miss']);
});

test('nothing is remembered of what is missing', async () => {
  const { cache } = createCache();
  expect(await cache.read(['a'], 'lasting', async () => null)).toBeNull();
  expect(await cache.read(['a'], 'lasting', async () => ({ found: true }))).toEqual({ found: true });
});

test('a cleared cache asks again, and forgets an answer that was on its way', async () => {
  const { cache, read } = createCache();
  await read('a');
  cache.clear();
  expect(await read('a')).toBe(2);

  let arrive = (_answer: object) => {};
  const late = cache.read(
    ['test', 'b'],
    'lasting',
    () =>
      new Promise<object>((resolve) => {
        arrive = resolve;
      }),
  );
  cache.clear();
  arrive({ answer: 'old' });
  expect(await late).toEqual({ answer: 'old' });
  expect(await read('b')).toBe(3);
});
