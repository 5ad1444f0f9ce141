import { createFakeClock } from '@tasker/lifecycle';
import { createDutyLoop } from './duty-loop';

const BACKOFF = { baseMs: 100, maxMs: 150, multiplier: 2 };

/** Two duties whose answers come from lists, then Infinity; `log` has what was done, in order. */
async function startLoop(answers: { sweep?: (number | Error)[]; weigh?: (number | Error)[] }) {
  const clock = createFakeClock();
  const log: string[] = [];
  const failures: [string, number][] = [];
  const duty = (name: string, list: (number | Error)[] = []) => ({
    async perform() {
      log.push(name);
      const answer = list.shift() ?? Number.POSITIVE_INFINITY;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const loop = createDutyLoop({
    duties: { sweep: duty('sweep', answers.sweep), weigh: duty('weigh', answers.weigh) },
    errorBackoff: BACKOFF,
    onError: (name, _error, count) => failures.push([name, count]),
    clock,
  });
  await loop.start();
  await clock.advance(0);
  return { loop, clock, log, failures };
}

test('all duties are done at the start, and then each when it said', async () => {
  const { loop, clock, log } = await startLoop({ sweep: [30, 10], weigh: [35] });
  expect(log.splice(0)).toEqual(['sweep', 'weigh']);
  await clock.advance(30);
  expect(log.splice(0)).toEqual(['sweep']);
  await clock.advance(5);
  expect(log.splice(0)).toEqual(['weigh']);
  await clock.advance(5);
  expect(log.splice(0)).toEqual(['sweep']);
  await clock.advance(1_000_000);
  expect(log).toEqual([]);
  await loop.stop();
});

test('a duty that finds more is done again at once', async () => {
  const { loop, log } = await startLoop({ sweep: [0, 0] });
  expect(log.filter((name) => name === 'sweep')).toHaveLength(3);
  await loop.stop();
});

test('a duty can be made due, at once or within a time, and the earlier time counts', async () => {
  const { loop, clock, log } = await startLoop({ weigh: [50] });
  log.splice(0);
  loop.makeDue('sweep');
  await clock.advance(0);
  expect(log.splice(0)).toEqual(['sweep']);
  loop.makeDue('sweep', 20);
  loop.makeDue('weigh', 100);
  await clock.advance(20);
  expect(log.splice(0)).toEqual(['sweep']);
  await clock.advance(30);
  expect(log.splice(0)).toEqual(['weigh']);
  loop.makeAllDue();
  await clock.advance(0);
  expect(log).toEqual(['sweep', 'weigh']);
  await loop.stop();
});

test('a duty that was done before the moment it was asked for is done again then, once', async () => {
  const { loop, clock, log } = await startLoop({});
  log.splice(0);
  loop.makeDue('sweep', 100);
  await clock.advance(80);
  loop.makeDue('sweep', 100);
  await clock.advance(20);
  expect(log.splice(0)).toEqual(['sweep']);
  await clock.advance(79);
  expect(log).toEqual([]);
  await clock.advance(1);
  expect(log.splice(0)).toEqual(['sweep']);
  await clock.advance(1_000_000);
  expect(log).toEqual([]);
  await loop.stop();
});

test('a duty that fails waits longer each time and keeps no other from being done', async () => {
  const fails = () => new Error('no answer');
  const { loop, clock, log, failures } = await startLoop({ sweep: [fails(), fails(), 10] });
  expect(log.splice(0)).toEqual(['sweep', 'weigh']);
  await clock.advance(100);
  loop.makeDue('weigh');
  await clock.advance(0);
  expect(log.splice(0)).toEqual(['sweep', 'weigh']);
  await clock.advance(149);
  expect(log).toEqual([]);
  await clock.advance(1);
  expect(log).toEqual(['sweep']);
  expect(failures).toEqual([
    ['sweep', 1],
    ['sweep', 2],
  ]);
  await loop.stop();
});
