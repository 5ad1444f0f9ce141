import { Pool } from 'pg';
import { eventually } from '../conformance/conformance-case';
import { startSilentProxy } from '../testing/silent-proxy';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { WakeupListener, type WakeupListenerOptions } from './wakeup-listener';

const CHANNEL = 'pgmq_message_ready.test';
let database: ThrowAwayDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  // A pool's end resolves before its sessions are gone, and dropping the database ends those.
  pool.on('error', () => {});
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function makeListener(options: Partial<WakeupListenerOptions> = {}) {
  const wakeups: string[] = [];
  const drains: number[] = [];
  const listener = new WakeupListener({
    connectionString: database.url,
    channels: [CHANNEL],
    onWakeup: (queue) => void wakeups.push(queue),
    onDrain: () => void drains.push(1),
    backoffInitialMs: 10,
    // A machine that stalls must not look like a connection that is dead.
    pingTimeoutMs: 30_000,
    selfTestTimeoutMs: 30_000,
    ...options,
  });
  return { listener, wakeups, drains };
}

const notify = (channel: string, payload: string) => pool.query('select pg_notify($1, $2)', [channel, payload]);

test('a started listener has drained once and hears each notification', async () => {
  const { listener, wakeups, drains } = makeListener();
  await using _ = listener;
  await listener.start();
  expect(listener.state).toMatchObject({ healthy: true, reconnectCount: 0, problem: null });
  expect(listener.state.roundTripMs).toBeGreaterThan(0);
  expect(drains).toHaveLength(1);
  await notify(CHANNEL, 'queue_a');
  await eventually(() => wakeups.length === 1, 'notification heard');
  expect(wakeups).toEqual(['queue_a']);
  expect(listener.state.lastNotificationAt).toBeInstanceOf(Date);
});

test('probes tell how long a notification takes, as often as asked and not with every ping', async () => {
  const roundTrips: number[] = [];
  const often = makeListener({ pingIntervalMs: 10, probeIntervalMs: 10, onRoundTrip: (ms) => roundTrips.push(ms) });
  await using _ = often.listener;
  await often.listener.start();
  await eventually(() => roundTrips.length > 2, 'probes answered');
  const seldomTrips: number[] = [];
  const seldom = makeListener({
    pingIntervalMs: 10,
    probeIntervalMs: 60_000,
    onRoundTrip: (ms) => seldomTrips.push(ms),
  });
  await using __ = seldom.listener;
  await seldom.listener.start();
  const before = roundTrips.length;
  await eventually(() => roundTrips.length > before + 5, 'more probes of the other one');
  expect(seldomTrips).toHaveLength(1);
});

test('a listener gives up after as many failed attempts as it may make', async () => {
  const problems: Error[] = [];
  const { listener } = makeListener({
    connectionString: 'postgresql://nobody@127.0.0.1:1/none',
    startInBackground: true,
    maxReconnectAttempts: 2,
    onGivenUp: (problem) => problems.push(problem),
  });
  await using _ = listener;
  await listener.start();
  await eventually(() => problems.length === 1, 'given up');
  expect(listener.state).toMatchObject({ healthy: false, problem: problems[0] });
});

test('channels can be added while listening', async () => {
  const { listener, wakeups } = makeListener();
  await using _ = listener;
  await listener.start();
  await listener.listen(['pgmq_message_ready.more']);
  await notify('pgmq_message_ready.more', 'queue_b');
  await eventually(() => wakeups.includes('queue_b'), 'notification heard');
});

test('another channel has a listener of its own, also after a reconnect', async () => {
  const payloads: string[] = [];
  const { listener, wakeups, drains } = makeListener({
    otherChannels: new Map([['templates', (payload: string) => void payloads.push(payload)]]),
  });
  await using _ = listener;
  await listener.start();
  expect(listener.state.channelCount).toBe(2);
  await notify('templates', 'shop/order/1.0.0');
  await eventually(() => payloads.length === 1, 'notification heard');
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tasker-listener' and datname = current_database()",
  );
  await eventually(() => drains.length === 2, 'drained again');
  await notify('templates', 'shop/order/2.0.0');
  await eventually(() => payloads.length === 2, 'notification heard');
  expect(payloads).toEqual(['shop/order/1.0.0', 'shop/order/2.0.0']);
  expect(wakeups).toEqual([]);
});

test('a listener whose session is ended listens again, on every channel, and drains', async () => {
  const { listener, wakeups, drains } = makeListener();
  await using _ = listener;
  await listener.start();
  await listener.listen(['pgmq_message_ready.more']);
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tasker-listener' and datname = current_database()",
  );
  await eventually(() => drains.length === 2, 'drained again');
  expect(listener.state).toMatchObject({ healthy: true, reconnectCount: 1 });
  await notify('pgmq_message_ready.more', 'queue_c');
  await eventually(() => wakeups.includes('queue_c'), 'notification heard');
});

test('a connection that went silent is noticed by its ping and replaced', async () => {
  const server = new URL(database.url);
  await using proxy = await startSilentProxy({ host: server.hostname, port: Number(server.port) });
  server.port = String(proxy.port);
  const healthy: boolean[] = [];
  const { listener, drains } = makeListener({
    connectionString: server.href,
    startInBackground: true,
    pingIntervalMs: 50,
    pingTimeoutMs: 1_000,
    onStateChange: (state) => void healthy.push(state.healthy),
  });
  await using _ = listener;
  await listener.start();
  await eventually(() => listener.state.healthy, 'listening');
  // A stall that outlives the time-out has it reconnect too, before this and after.
  const drainsBefore = drains.length;
  proxy.goSilent();
  await eventually(() => drains.length > drainsBefore, 'drained again');
  expect(healthy.slice(0, 3)).toEqual([true, false, true]);
});

test('an answered ping tells until when everything has been heard, and an unanswered one does not', async () => {
  const server = new URL(database.url);
  await using proxy = await startSilentProxy({ host: server.hostname, port: Number(server.port) });
  server.port = String(proxy.port);
  const { listener } = makeListener({ connectionString: server.href, pingIntervalMs: 10, pingTimeoutMs: 60_000 });
  await using _ = listener;
  await listener.start();
  expect(listener.state.heardUntilMs).toBeNull();
  const startedMs = performance.now();
  await eventually(() => (listener.state.heardUntilMs ?? 0) > startedMs, 'a ping was answered');
  proxy.goSilent();
  const silentMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(listener.state.heardUntilMs).toBeLessThan(silentMs);
});

test('a session that no longer listens is replaced', async () => {
  const { listener, drains } = makeListener({ pingIntervalMs: 50 });
  await using _ = listener;
  await listener.start();
  const { connection } = listener as unknown as { connection: { client: { query(text: string): Promise<unknown> } } };
  await connection.client.query(`unlisten "${CHANNEL}"`);
  await eventually(() => drains.length === 2, 'drained again');
});

test('start rejects when it cannot connect, and in the background it resolves and keeps trying', async () => {
  const unreachable = { connectionString: 'postgres://127.0.0.1:1/none' };
  await using rejecting = makeListener(unreachable).listener;
  await expect(rejecting.start()).rejects.toThrow();
  await using trying = makeListener({ ...unreachable, startInBackground: true }).listener;
  await trying.start();
  await eventually(() => trying.state.problem, 'failure seen');
  expect(trying.state.healthy).toBe(false);
});

test('stop is legal before start and idempotent, and leaves no session behind', async () => {
  const { listener } = makeListener();
  await makeListener().listener.stop();
  await listener.start();
  await listener.stop();
  await listener.stop();
  await eventually(async () => {
    const { rows } = await pool.query(
      "select 1 from pg_stat_activity where application_name like 'tasker-listener%' and datname = current_database()",
    );
    return rows.length === 0;
  }, 'session gone');
});

test('a channel that is no identifier is refused', () => {
  expect(() => makeListener({ channels: ['a"; drop table x; --'] })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTIONS' }),
  );
});
