import { abortReason, raceAbort } from './abort';
import { systemClock } from './clock';
import { delay } from './delay';
import { createFakeClock } from './fake-clock';

test('a delay ends when its time has come and not before', async () => {
  const clock = createFakeClock();
  let isOver = false;
  const waiting = delay(1_000, { clock, signal: new AbortController().signal }).then(() => {
    isOver = true;
  });
  await clock.advance(999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await waiting;
});

test('an abort ends a delay with its reason and leaves no timer', async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const waiting = delay(1_000, { clock, signal: controller.signal });
  controller.abort(new Error('shutting down'));
  await expect(waiting).rejects.toThrow('shutting down');
  expect(clock.pendingDelays()).toEqual([]);
  await expect(delay(1_000, { clock, signal: controller.signal })).rejects.toThrow('shutting down');
});

test("the machine's clock fires, measures and can be cancelled", async () => {
  const beforeMs = systemClock.monotonicMs();
  const cancel = systemClock.setTimer(Number.MAX_SAFE_INTEGER, () => {});
  const never = systemClock.setTimer(Number.POSITIVE_INFINITY, () => {});
  await delay(1);
  cancel();
  never();
  expect(systemClock.monotonicMs()).toBeGreaterThan(beforeMs);
  expect(systemClock.nowMs()).toBeGreaterThan(Date.UTC(2020, 0, 1));
});

test('a fake clock fires timers in order, each at its own time, those set meanwhile included', async () => {
  const clock = createFakeClock(0);
  const fired: [string, number][] = [];
  clock.setTimer(20, () => fired.push(['late', clock.nowMs()]));
  clock.setTimer(10, () => {
    fired.push(['early', clock.nowMs()]);
    clock.setTimer(5, () => fired.push(['nested', clock.nowMs()]));
  });
  await clock.advance(30);
  expect(fired).toEqual([
    ['early', 10],
    ['nested', 15],
    ['late', 20],
  ]);
  expect(clock.nowMs()).toBe(30);
});

test('an abort reason is always an Error', () => {
  const error = new Error('why');
  expect(abortReason(AbortSignal.abort(error))).toBe(error);
  expect(abortReason(AbortSignal.abort('because')).message).toBe('aborted: because');
});

test('a race against an abort settles with whichever is first', async () => {
  const controller = new AbortController();
  expect(await raceAbort(Promise.resolve(1), controller.signal)).toBe(1);
  const losing = raceAbort(new Promise(() => {}), controller.signal);
  controller.abort(new Error('enough'));
  await expect(losing).rejects.toThrow('enough');
  await expect(
    raceAbort(
      Promise.resolve(1).then(() => new Promise(() => {})),
      controller.signal,
    ),
  ).rejects.toThrow('enough');
});
