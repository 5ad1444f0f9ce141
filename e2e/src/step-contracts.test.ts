import { QUICK_RETRY, template } from './shapes';
import { type System, startSystem } from './start-system';

const HOUR_MS = 3_600_000;
const power = { callable: 'power', initialization: { parents: [], squares: true } };
const only = (more: object) => [{ name: 'only', handler: power, ...more }];

let system: System;
beforeAll(async () => {
  const held = { callable: 'hold', initialization: { held_attempts: 1 } };
  const retry = { max_attempts: 3, backoff_base_ms: HOUR_MS, max_backoff_ms: HOUR_MS };
  const templates = [
    // The second attempt, which ends by itself, has to write a row in this time.
    template('limited', only({ handler: held, timeout_seconds: 5, retry: QUICK_RETRY })),
    template('limited_once', only({ handler: held, timeout_seconds: 1, retry: { max_attempts: 1 } })),
    template('missing', only({ handler: { callable: 'NobodyHome' } })),
    template('missing_method', only({ handler: { ...power, method: 'refund' } })),
    template('slow_retry', only({ retry: { ...retry, backoff: 'linear' } })),
    template('quick_retry', only({ retry: { ...retry, backoff: 'none' } })),
    template('not_retryable', only({ retry: { ...retry, retryable: false } })),
  ];
  system = await startSystem({ templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const failing = (wish: object) => ({ n: 2, fail: { only: { kind: 'transient', times: 1, ...wish } } });

test('a handler that takes longer than its step may sees its signal fire, and the step is tried again', async () => {
  const taskUuid = await system.api.submit('limited', { gate: 'never' });
  await system.untilTask(taskUuid, 'complete');
  await system.untilNote(taskUuid, 'StepTimeoutError');
  const step = await system.api.step(taskUuid, 'only');
  expect(step).toMatchObject({ attempts: 2, results: { attempt: 2 } });
  const audit = await system.api.audit(step);
  expect(audit.find(({ success }) => success === false)).toMatchObject({
    attempt: 1,
    error: { error_type: 'timeout', retryable: true, message: expect.stringContaining('5000 ms') },
  });
});

test('a time-out of the last attempt fails the step', async () => {
  const taskUuid = await system.api.submit('limited_once', { gate: 'never' });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  expect(await system.api.step(taskUuid, 'only')).toMatchObject({
    current_state: 'error',
    error: { error_type: 'timeout' },
  });
});

test.each([
  ['missing', /NobodyHome/],
  ['missing_method', /refund/],
])('a step whose handler is not there fails at once and says what is (%s)', async (name, message) => {
  const taskUuid = await system.api.submit(name, { n: 2 });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const step = await system.api.step(taskUuid, 'only');
  expect(step).toMatchObject({ attempts: 1, error: { error_type: 'handler_not_found', retryable: false } });
  expect(step.error?.message).toMatch(message);
});

/** Milliseconds between the failure and the next attempt, as stored. */
async function getDelayMs(taskUuid: string): Promise<number> {
  await system.untilTask(taskUuid, 'waiting_for_retry');
  const step = await system.api.step(taskUuid, 'only');
  expect(step.current_state).toBe('waiting_for_retry');
  return Date.parse(step.next_retry_at ?? '') - Date.parse(step.last_failure_at ?? '');
}

test('the next attempt waits as the step itself says, give or take 15 %', async () => {
  const taskUuid = await system.api.submit('slow_retry', failing({}));
  const delayMs = await getDelayMs(taskUuid);
  expect(delayMs).toBeGreaterThan(0.8 * HOUR_MS);
  expect(delayMs).toBeLessThan(1.2 * HOUR_MS);
  await system.api.call('DELETE', `/v1/tasks/${taskUuid}`);
});

test('the delay that a handler asks for wins over the back-off of its step', async () => {
  const taskUuid = await system.api.submit('quick_retry', failing({ retryAfterMs: 5 * HOUR_MS }));
  const delayMs = await getDelayMs(taskUuid);
  expect(delayMs).toBeGreaterThan(4.9 * HOUR_MS);
  expect(delayMs).toBeLessThan(5.1 * HOUR_MS);
  await system.api.call('DELETE', `/v1/tasks/${taskUuid}`);
});

test('a step without back-off is tried again at once', async () => {
  const taskUuid = await system.api.submit('quick_retry', failing({}));
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.step(taskUuid, 'only')).attempts).toBe(2);
});

test('a step that is not retryable has one attempt, whatever its handler throws', async () => {
  const taskUuid = await system.api.submit('not_retryable', failing({}));
  await system.untilTask(taskUuid, 'blocked_by_failures');
  expect((await system.api.step(taskUuid, 'only')).attempts).toBe(1);
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
