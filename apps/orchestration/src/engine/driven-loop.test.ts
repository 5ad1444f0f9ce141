import { createDrivenLoop, type Round } from './driven-loop';

const IDLE: Round = { again: false, nextMs: null };

/** A loop whose rounds are counted and answered from a list, then with IDLE. */
function scriptedLoop(answers: (Round | Error)[], idleMs = 60_000) {
  const errors: unknown[] = [];
  const waiting: { rounds: number; resolve: () => void }[] = [];
  let rounds = 0;
  const loop = createDrivenLoop({
    round: async () => {
      rounds += 1;
      const answer = answers.shift() ?? IDLE;
      setImmediate(() => {
        for (const one of waiting) if (rounds >= one.rounds) one.resolve();
      });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    idleMs: () => idleMs,
    onError: (error) => errors.push(error),
  });
  return {
    loop,
    errors,
    rounds: () => rounds,
    reached: (count: number) =>
      new Promise<void>((resolve) => (rounds >= count ? resolve() : waiting.push({ rounds: count, resolve }))),
  };
}

test('a round that found work is followed by another at once', async () => {
  const { loop, reached, rounds } = scriptedLoop([
    { again: true, nextMs: null },
    { again: true, nextMs: null },
  ]);
  loop.start();
  await reached(3);
  await loop.stop();
  expect(rounds()).toBe(3);
});

test('a wake-up during a round leads to one more', async () => {
  let wakes = 0;
  const loop = createDrivenLoop({
    round: async () => {
      wakes += 1;
      if (wakes === 1) loop.wake();
      return IDLE;
    },
    idleMs: () => 60_000,
    onError: () => undefined,
  });
  loop.start();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await loop.stop();
  expect(wakes).toBe(2);
});

test('a wake-up while resting runs a round', async () => {
  const { loop, reached } = scriptedLoop([]);
  loop.start();
  await reached(1);
  await new Promise(setImmediate);
  loop.wake();
  await reached(2);
  await loop.stop();
});

test('the round itself says when to look again', async () => {
  const { loop, reached } = scriptedLoop([{ again: false, nextMs: 1 }]);
  loop.start();
  await reached(2);
  await loop.stop();
});

test('somebody else may ask for an earlier round, while it rests and during a round', async () => {
  let rounds = 0;
  const third = new Promise<void>((resolve) => {
    const loop = createDrivenLoop({
      round: async () => {
        rounds += 1;
        if (rounds === 2) loop.wakeIn(1);
        if (rounds === 3) loop.stop().then(resolve, resolve);
        return IDLE;
      },
      idleMs: () => 60_000,
      onError: () => undefined,
    });
    loop.start();
    setTimeout(() => loop.wakeIn(1), 5);
  });
  await third;
  expect(rounds).toBe(3);
});

test('a failed round is told, backed off from and repeated', async () => {
  const { loop, reached, errors } = scriptedLoop([new Error('no database')]);
  loop.start();
  await reached(1);
  await new Promise(setImmediate);
  loop.wake();
  await reached(2);
  await loop.stop();
  expect(errors).toHaveLength(1);
});

test('nothing runs after stop, and stop waits for the running round', async () => {
  const { loop, rounds, reached } = scriptedLoop([]);
  loop.start();
  await reached(1);
  await loop.stop();
  loop.wake();
  loop.wakeIn(0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(rounds()).toBe(1);
});
