import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitStateChange,
  circuitStates,
} from './index';

const OUTAGE = new Error('connection refused');
const BAD_INPUT = new Error('syntax error');

const succeed = async () => 'answer';
const fail = async () => {
  throw OUTAGE;
};
const refuse = async () => {
  throw BAD_INPUT;
};

/** A call that a test settles by hand. */
function heldCall() {
  const call = { resolve: (_value: string) => {}, reject: (_error: Error) => {} };
  const promise = new Promise<string>((resolve, reject) => Object.assign(call, { resolve, reject }));
  return { ...call, run: () => promise };
}

/** A breaker that opens after two failures, for 100 ms, and may be half-open for 50 ms; on a clock that a test turns. */
function createBreaker(options: Partial<CircuitBreakerOptions> = {}) {
  const time = { nowMs: 1_000 };
  const changes: string[] = [];
  const breaker = new CircuitBreaker({
    name: 'database',
    errorThreshold: 2,
    timeoutMs: 100,
    halfOpenTimeoutMs: 50,
    isFailure: (error) => error === OUTAGE,
    clock: { monotonicMs: () => time.nowMs },
    onStateChange: ({ from, to }: CircuitStateChange) => void changes.push(`${from} → ${to}`),
    ...options,
  });
  const attempt = (call: () => Promise<string>) => breaker.execute(call).catch((error: Error) => error);
  const openIt = async () => {
    await attempt(fail);
    await attempt(fail);
  };
  const advance = (ms: number) => {
    time.nowMs += ms;
  };
  return { breaker, attempt, openIt, advance, changes };
}

test('a closed breaker settles as its calls do', async () => {
  const { breaker, attempt } = createBreaker();
  expect(await attempt(succeed)).toBe('answer');
  expect(await attempt(fail)).toBe(OUTAGE);
  expect([breaker.name, breaker.state, breaker.openUntilMs, breaker.retryAfterMs]).toEqual([
    'database',
    'closed',
    null,
    0,
  ]);
});

test('failures in a row open it, and a success between them begins the count anew', async () => {
  const { breaker, attempt, changes } = createBreaker();
  await attempt(fail);
  await attempt(succeed);
  await attempt(fail);
  expect(breaker.state).toBe('closed');
  await attempt(fail);
  expect(breaker.state).toBe('open');
  expect(changes).toEqual(['closed → open']);
});

test('an error that is no failure neither counts nor forgives', async () => {
  const { breaker, attempt } = createBreaker();
  for (const call of [refuse, refuse, fail, refuse]) await attempt(call);
  expect(breaker.state).toBe('closed');
  await attempt(fail);
  expect(breaker.state).toBe('open');
});

test('an open breaker refuses without calling, and says for how long', async () => {
  const { breaker, attempt, openIt, advance } = createBreaker();
  await openIt();
  advance(30);
  const call = jest.fn(succeed);
  expect(await attempt(call)).toMatchObject({ code: 'CIRCUIT_OPEN', circuit: 'database', retryAfterMs: 70 });
  expect(await attempt(call)).toBeInstanceOf(CircuitOpenError);
  expect(call).not.toHaveBeenCalled();
  expect([breaker.openUntilMs, breaker.retryAfterMs]).toEqual([1_100, 70]);
});

test('after its time the first call is the trial, others are refused while it runs, and its success closes', async () => {
  const { breaker, attempt, openIt, advance, changes } = createBreaker();
  await openIt();
  advance(100);
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 0]);
  const trial = heldCall();
  const tried = attempt(trial.run);
  expect(breaker.state).toBe('half_open');
  expect(await attempt(succeed)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 0 });
  trial.resolve('back');
  expect(await tried).toBe('back');
  expect(changes).toEqual(['closed → open', 'open → half_open', 'half_open → closed']);
  await attempt(fail);
  expect(breaker.state).toBe('closed');
});

test('a trial that fails opens it for the whole time again', async () => {
  const { breaker, attempt, openIt, advance, changes } = createBreaker();
  await openIt();
  advance(120);
  await attempt(fail);
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 100]);
  expect(changes).toEqual(['closed → open', 'open → half_open', 'half_open → open']);
});

test('a trial that tells nothing leaves its place to the next call', async () => {
  const { breaker, attempt, openIt, advance } = createBreaker();
  await openIt();
  advance(100);
  expect(await attempt(refuse)).toBe(BAD_INPUT);
  expect(breaker.state).toBe('half_open');
  expect(await attempt(succeed)).toBe('answer');
  expect(breaker.state).toBe('closed');
});

test('a trial without success in time opens it again, and is not heard later', async () => {
  const { breaker, attempt, openIt, advance } = createBreaker();
  await openIt();
  advance(100);
  const trial = heldCall();
  const tried = attempt(trial.run);
  advance(49);
  expect(breaker.state).toBe('half_open');
  advance(1);
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 100]);
  trial.resolve('late');
  expect(await tried).toBe('late');
  expect(breaker.state).toBe('open');
});

test('the time open counts from the end of the time half-open, though nobody looked then', async () => {
  const { breaker, attempt, openIt, advance, changes } = createBreaker();
  await openIt();
  advance(100);
  const forgotten = heldCall();
  const tried = attempt(forgotten.run);
  advance(200);
  expect(await attempt(succeed)).toBe('answer');
  expect(breaker.state).toBe('closed');
  forgotten.reject(OUTAGE);
  await tried;
  expect(changes.slice(1)).toEqual(['open → half_open', 'half_open → open', 'open → half_open', 'half_open → closed']);
});

test('calls that one event ends together count once', async () => {
  const { breaker, attempt, advance } = createBreaker();
  const calls = [heldCall(), heldCall(), heldCall()];
  const attempts = calls.map(({ run }) => attempt(run));
  advance(1);
  for (const { reject } of calls) reject(OUTAGE);
  await Promise.all(attempts);
  expect(breaker.state).toBe('closed');
  await attempt(fail);
  expect(breaker.state).toBe('open');
});

test('a call that outlives the state it began in is not heard', async () => {
  const { breaker, attempt, openIt } = createBreaker();
  const early = [heldCall(), heldCall()];
  const attempts = early.map(({ run }) => attempt(run));
  await openIt();
  early[0]?.resolve('answer');
  early[1]?.reject(OUTAGE);
  await Promise.all(attempts);
  expect(breaker.state).toBe('open');
});

test('a sign of life from elsewhere ends the time open, and the next call is the trial', async () => {
  const { breaker, attempt, openIt } = createBreaker();
  breaker.allowTrial();
  expect(breaker.state).toBe('closed');
  await openIt();
  breaker.allowTrial();
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 0]);
  await attempt(fail);
  expect([breaker.state, breaker.retryAfterMs]).toEqual(['open', 100]);
  breaker.allowTrial();
  await attempt(succeed);
  expect(breaker.state).toBe('closed');
});

test('a disabled breaker lets every call through and stays closed', async () => {
  const { breaker, attempt, openIt } = createBreaker({ enabled: false });
  await openIt();
  await openIt();
  expect(await attempt(succeed)).toBe('answer');
  expect(breaker.state).toBe('closed');
});

test('without options, five failures of any kind open it for half a minute', async () => {
  const breaker = new CircuitBreaker({ name: 'plain' });
  for (let count = 0; count < 4; count += 1) await breaker.execute(refuse).catch(() => {});
  expect(breaker.state).toBe('closed');
  await breaker.execute(refuse).catch(() => {});
  expect(breaker.state).toBe('open');
  expect(breaker.retryAfterMs).toBeGreaterThan(20_000);
  expect(breaker.retryAfterMs).toBeLessThanOrEqual(30_000);
});

test('the states have the names that metrics and health show', () => {
  expect(circuitStates).toEqual(['closed', 'open', 'half_open']);
});
