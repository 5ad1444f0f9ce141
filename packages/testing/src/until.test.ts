import { until } from './until';

test('it gives the first thing that is found', async () => {
  const answers = [null, undefined, false, 0] as const;
  let looks = 0;
  expect(await until('there is a number', () => answers[looks++], { intervalMs: 0 })).toBe(0);
  expect(looks).toBe(4);
});

test('it gives up after the deadline and says what it waited for', async () => {
  const options = { intervalMs: 0, deadlineMs: 0 };
  await expect(until('it is Sunday', () => null, options)).rejects.toThrow('gave up waiting until it is Sunday');
});

test('an error of the search ends the wait', async () => {
  const fail = () => Promise.reject(new Error('no such place'));
  await expect(until('it is found', fail)).rejects.toThrow('no such place');
});
