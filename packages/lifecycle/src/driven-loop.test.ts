import { createDrivenLoop, type DrivenLoop, type ErrorBackoff, type Round, type RoundCause } from './driven-loop';
import { createFakeClock } from './fake-clock';

const IDLE: Round = { again: false, nextMs: null };
const MORE: Round = { again: true, nextMs: null };

/** A started loop on a fake clock whose rounds answer from a list, then with IDLE. */
async function startLoop(
  answers: (Round | Error | ((loop: DrivenLoop) => void))[],
  idleMs = 60_000,
  errorBackoff?: ErrorBackoff,
) {
  const clock = createFakeClock();
  const errors: [unknown, number][] = [];
  let rounds = 0;
  const loop = createDrivenLoop({
    name: 'test loop',
    clock,
    random: () => 0.5,
    round: async () => {
      rounds += 1;
      const answer = answers.shift() ?? IDLE;
      if (answer instanceof Error) throw answer;
      if (typeof answer !== 'function') return answer;
      answer(loop);
      return IDLE;
    },
    idleMs: () => idleMs,
    ...(errorBackoff === undefined ? {} : { errorBackoff }),
    onError: (error, failures) => errors.push([error, failures]),
  });
  await loop.start();
  await clock.advance(0);
  return { loop, clock, errors, rounds: () => rounds };
}

test('a round runs at start, and another at once while there is work', async () => {
  const { loop, rounds } = await startLoop([MORE, MORE]);
  expect(rounds()).toBe(3);
  await loop.stop();
});

test('a round is told whether somebody woke the loop or its time had come', async () => {
  const clock = createFakeClock();
  const causes: RoundCause[] = [];
  const loop = createDrivenLoop({
    name: 'test loop',
    clock,
    round: async (cause) => {
      causes.push(cause);
      return IDLE;
    },
    idleMs: () => 1_000,
    onError: () => {},
  });
  await loop.start();
  await clock.advance(1_000);
  loop.wake();
  await clock.advance(0);
  expect(causes).toEqual(['wakeup', 'timer', 'wakeup']);
  await loop.stop();
});

test('a round that follows since somebody woke the loop is no longer that of the timer', async () => {
  const clock = createFakeClock();
  const causes: RoundCause[] = [];
  const loop = createDrivenLoop({
    name: 'test loop',
    round: async (cause) => {
      causes.push(cause);
      if (causes.length === 2) loop.wake();
      return { again: false, nextMs: null };
    },
    idleMs: () => 1_000,
    onError: () => {},
    clock,
  });
  await loop.start();
  await clock.advance(1_000);
  expect(causes).toEqual(['wakeup', 'timer', 'wakeup']);
  await loop.stop();
});

test('a wake-up while the loop asks how long to rest is not lost', async () => {
  const clock = createFakeClock();
  let rounds = 0;
  const loop = createDrivenLoop({
    name: 'test loop',
    round: async () => {
      rounds += 1;
      return { again: false, nextMs: null };
    },
    idleMs: () => {
      if (rounds === 1) loop.wake();
      return Number.POSITIVE_INFINITY;
    },
    onError: () => {},
    clock,
  });
  await loop.start();
  await clock.advance(0);
  expect(rounds).toBe(2);
  await loop.stop();
});

test('an idle loop looks again after its idle time', async () => {
  const { loop, clock, rounds } = await startLoop([], 1_000);
  await clock.advance(999);
  expect(rounds()).toBe(1);
  await clock.advance(1);
  expect(rounds()).toBe(2);
  await loop.stop();
});

test('a wake-up ends the rest, and during a round leads to one more', async () => {
  const { loop, clock, rounds } = await startLoop([(self) => self.wake()]);
  expect(rounds()).toBe(2);
  loop.wake();
  await clock.advance(0);
  expect(rounds()).toBe(3);
  await loop.stop();
});

test('a loop that never looks by itself runs when woken', async () => {
  const { loop, clock, rounds } = await startLoop([], Number.POSITIVE_INFINITY);
  await clock.advance(1_000_000);
  expect(rounds()).toBe(1);
  loop.wake();
  expect(rounds()).toBe(2);
  await loop.stop();
});

test('the round itself says when to look again', async () => {
  const { loop, clock, rounds } = await startLoop([{ again: false, nextMs: 30 }]);
  await clock.advance(29);
  expect(rounds()).toBe(1);
  await clock.advance(1);
  expect(rounds()).toBe(2);
  await loop.stop();
});

test('somebody else may ask for an earlier round, while it rests and during a round; a later one changes nothing', async () => {
  const { loop, clock, rounds } = await startLoop([(self) => self.wakeIn(10)]);
  await clock.advance(10);
  expect(rounds()).toBe(2);
  loop.wakeIn(90_000);
  loop.wakeIn(20);
  await clock.advance(20);
  expect(rounds()).toBe(3);
  await loop.stop();
});

test('failed rounds are told and backed off from, longer each time; wake-ups do not cut the back-off short', async () => {
  const down = new Error('no database');
  const { loop, clock, errors, rounds } = await startLoop([down, down]);
  loop.wake();
  await clock.advance(99);
  expect(rounds()).toBe(1);
  await clock.advance(1);
  expect(rounds()).toBe(2);
  await clock.advance(200);
  expect(rounds()).toBe(3);
  expect(errors).toEqual([
    [down, 1],
    [down, 2],
  ]);
  await loop.stop();
});

test('nothing runs after stop', async () => {
  const { loop, clock, rounds } = await startLoop([]);
  await loop.stop();
  loop.wake();
  loop.wakeIn(0);
  await clock.advance(120_000);
  expect(rounds()).toBe(1);
});

test('the wait after failed rounds grows as asked, up to the most', async () => {
  const fails = () => new Error('no answer');
  const backoff = { baseMs: 1_000, maxMs: 2_500, multiplier: 2 };
  const { loop, clock, rounds } = await startLoop([fails(), fails(), fails()], 60_000, backoff);
  for (const [waitMs, count] of [
    [1_000, 2],
    [2_000, 3],
    [2_500, 4],
  ] as const) {
    await clock.advance(waitMs - 1);
    expect(rounds()).toBe(count - 1);
    await clock.advance(1);
    expect(rounds()).toBe(count);
  }
  await loop.stop();
});
