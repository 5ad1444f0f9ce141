import { until } from '@tasker/testing';
import { readSeries } from './testing/read-series';
import { startApi, type TestApi } from './testing/start-api';
import { template } from './testing/templates';

/** Gives the value of a series; 0 when there is none. */
const read = async (api: TestApi, series: string) => (await readSeries(api, series)) ?? 0;

const start = (variables: Readonly<Record<string, string>>, ...names: string[]) =>
  startApi(
    names.map((name) => template(name)),
    { variables },
  );

const show = (api: TestApi, name: string) => api.rest('GET', `/v1/templates/shop/${name}/1.0.0`);

const countReads = (api: TestApi, result: 'hit' | 'miss') =>
  read(api, `tasker_query_cache_requests_total{result="${result}"}`);

/** How many of six looks at two templates, in turn, ask the database. */
async function countMisses(variables: Readonly<Record<string, string>>): Promise<number> {
  await using api = await start(variables, 'one', 'two');
  // Until the news of the registrations has come, answers are forgotten.
  await until('it listens', async () => (await read(api, 'tasker_event_listener_active{mode="hybrid"}')) === 1);
  await until('a look is remembered, or nothing is', async () => {
    const before = await countReads(api, 'hit');
    await show(api, 'one');
    await show(api, 'one');
    return variables.TASKER__database__query_cache__enabled === 'false' || (await countReads(api, 'hit')) > before;
  });
  await show(api, 'two');
  const before = await countReads(api, 'miss');
  for (let round = 0; round < 3; round += 1) for (const name of ['one', 'two']) await show(api, name);
  return (await countReads(api, 'miss')) - before;
}

test('the query cache holds max_size answers, and none when it is not enabled', async () => {
  const looks = 6;
  expect(await countMisses({ TASKER__database__query_cache__max_size: '1' })).toBe(looks);
  expect(await countMisses({})).toBeLessThan(looks);
  await using uncached = await start({ TASKER__database__query_cache__enabled: 'false' }, 'one');
  await show(uncached, 'one');
  await show(uncached, 'one');
  expect(await countReads(uncached, 'hit')).toBe(0);
});

test('an answer of the query cache is read anew after ttl_seconds', async () => {
  await using api = await start({ TASKER__database__query_cache__ttl_seconds: '1' }, 'one');
  await until('it listens', async () => (await read(api, 'tasker_event_listener_active{mode="hybrid"}')) === 1);
  const hits = await countReads(api, 'hit');
  await until('an answer is remembered', async () => {
    await show(api, 'one');
    return (await countReads(api, 'hit')) > hits;
  });
  const misses = await countReads(api, 'miss');
  // By default it would be remembered for five minutes.
  await until('it is read anew, twice', async () => {
    await show(api, 'one');
    return (await countReads(api, 'miss')) >= misses + 2;
  });
});
