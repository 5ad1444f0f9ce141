import { createFakeClock } from './fake-clock';
import { type PollLoopOptions, pollLoop } from './poll-loop';

const clock = createFakeClock();

function promiseWithResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A loop whose rounds are answered from a list; after its end every round is empty. */
function loopOver(answers: (number | Error)[], options: Partial<PollLoopOptions> = {}) {
  const rounds: number[] = [];
  const errors: unknown[] = [];
  const loop = pollLoop({
    name: 'test loop',
    clock,
    random: () => 0.5,
    idleDelayMs: 100,
    maxIdleDelayMs: 400,
    async tick() {
      rounds.push(clock.monotonicMs());
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  return { loop, rounds, errors };
}

test('rounds that find work follow each other without a pause', async () => {
  const { loop, rounds } = loopOver([3, 2, 1]);
  await loop.start();
  await clock.waitForTimers();
  expect(rounds).toHaveLength(4);
  expect(new Set(rounds).size).toBe(1);
  await loop.stop();
});

test('pauses after empty rounds double up to the longest pause', async () => {
  const { loop, rounds } = loopOver([]);
  await loop.start();
  await clock.waitForTimers();
  const startMs = rounds[0]!;
  await clock.advance(1_500);
  expect(rounds.map((atMs) => atMs - startMs)).toEqual([0, 100, 300, 700, 1_100, 1_500]);
  await loop.stop();
});

test('pauses are short again after a round that found work', async () => {
  const { loop } = loopOver([0, 0, 0, 1]);
  await loop.start();
  await clock.waitForTimers();
  await clock.advance(700);
  await clock.waitForTimers();
  expect(clock.pendingDelays()).toEqual([100]);
  await loop.stop();
});

test('jitter moves a pause by at most a quarter', async () => {
  const early = loopOver([], { random: () => 0 });
  await early.loop.start();
  await clock.waitForTimers();
  expect(clock.pendingDelays()).toEqual([75]);
  await early.loop.stop();
  const late = loopOver([], { random: () => 1 });
  await late.loop.start();
  await clock.waitForTimers();
  expect(clock.pendingDelays()).toEqual([125]);
  await late.loop.stop();
});

test('wake ends a pause at once', async () => {
  const { loop, rounds } = loopOver([], {
    maxIdleDelayMs: Number.POSITIVE_INFINITY,
    idleDelayMs: Number.POSITIVE_INFINITY,
  });
  await loop.start();
  await clock.waitForTimers();
  loop.wake();
  await clock.waitForTimers();
  expect(rounds).toHaveLength(2);
  await loop.stop();
});

test('wakes during a round lead to exactly one more round', async () => {
  let rounds = 0;
  const loop = pollLoop({
    name: 'test loop',
    clock,
    onError: () => {},
    async tick() {
      rounds += 1;
      if (rounds === 1) for (let i = 0; i < 5; i += 1) loop.wake();
      return 0;
    },
  });
  await loop.start();
  await clock.waitForTimers();
  expect(rounds).toBe(2);
  await loop.stop();
});

test('a failed round is reported, the pause after it doubles, and wake does not cut it short', async () => {
  const boom = new Error('database is down');
  const { loop, rounds, errors } = loopOver([boom, boom, boom], { errorDelayMs: 1_000, maxErrorDelayMs: 2_500 });
  await loop.start();
  await clock.waitForTimers();
  loop.wake();
  expect(clock.pendingDelays()).toEqual([1_000]);
  await clock.advance(1_000);
  expect(clock.pendingDelays()).toEqual([2_000]);
  await clock.advance(2_000);
  expect(clock.pendingDelays()).toEqual([2_500]);
  expect(errors).toEqual([boom, boom, boom]);
  await clock.advance(2_500);
  expect(rounds).toHaveLength(4);
  await loop.stop();
});

test('stop aborts the signal of the running round, waits for its end and starts no other', async () => {
  const entered = promiseWithResolvers<AbortSignal>();
  const release = promiseWithResolvers<number>();
  const loop = pollLoop({
    name: 'test loop',
    clock,
    onError: () => {},
    tick(signal) {
      entered.resolve(signal);
      return release.promise;
    },
  });
  await loop.start();
  const signal = await entered.promise;
  let isStopped = false;
  const stopping = loop.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(0);
  expect(signal.aborted).toBe(true);
  expect(isStopped).toBe(false);
  release.resolve(1);
  await stopping;
  expect(clock.pendingDelays()).toEqual([]);
});

test('a round that throws because the loop stops is not an error', async () => {
  const errors: unknown[] = [];
  const entered = promiseWithResolvers<void>();
  const loop = pollLoop({
    name: 'test loop',
    onError: (error) => errors.push(error),
    tick(signal) {
      entered.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  await loop.start();
  await entered.promise;
  await loop.stop();
  expect(errors).toEqual([]);
});

test('stop during a pause after an error does not wait for the pause', async () => {
  const { loop } = loopOver([new Error('down')]);
  await loop.start();
  await clock.waitForTimers();
  await loop.stop();
  expect(clock.pendingDelays()).toEqual([]);
});

test("a loop of the machine's own clock and chance runs", async () => {
  const entered = promiseWithResolvers<void>();
  const loop = pollLoop({
    name: 'test loop',
    onError: () => {},
    async tick() {
      entered.resolve();
      return 0;
    },
  });
  await loop.start();
  await entered.promise;
  await loop.stop();
});
