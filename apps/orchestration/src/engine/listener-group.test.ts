import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import { createMigratedDatabase, type MigratedDatabase, until } from '@tasker/testing';
import { createListenerGroup } from './listener-group';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const channelsOf = (count: number) => Array.from({ length: count }, (_, index) => `pgmq_message_ready.n${index}`);

function create(channels: readonly string[], options: { maxConnections?: number; url?: string } = {}) {
  const heard: string[] = [];
  const heardElsewhere: string[] = [];
  const states: WakeupListenerState[] = [];
  const group = createListenerGroup({
    connectionString: options.url ?? database.connectionString,
    channels,
    otherChannels: new Map([['news', (payload) => void heardElsewhere.push(payload)]]),
    maxConnections: options.maxConnections ?? 5,
    onWakeup: (queue) => void heard.push(queue),
    onDrain() {},
    onStateChange: (state) => void states.push(state),
  });
  return { group, heard, heardElsewhere, states };
}

const notify = (channel: string, payload: string) =>
  database.pool.query('select pg_notify($1, $2)', [channel, payload]);

async function findSessions(): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ pid: number }>(`select pid from pg_stat_activity
    where datname = current_database() and application_name = 'tasker-listener' order by backend_start`);
  return rows.map(({ pid }) => pid);
}

beforeEach(() => until('sessions of others are gone', async () => (await findSessions()).length === 0));

test('fifty channels share a connection, and a further channel takes another one', async () => {
  for (const [count, connections] of [
    [50, 1],
    [51, 2],
  ] as const) {
    const { group } = create(channelsOf(count));
    await group.start();
    expect(await findSessions()).toHaveLength(connections);
    // Each connection counts its own, and the first one the other channel too.
    expect(group.state.channelCount).toBe(count + 1);
    await group.stop();
    await until('its sessions are gone', async () => (await findSessions()).length === 0);
  }
});

test('another channel is heard once, by its own listener, however many connections there are', async () => {
  const { group, heard, heardElsewhere } = create(channelsOf(120));
  await using _ = group;
  await group.start();
  await notify('news', 'first');
  await notify('pgmq_message_ready.n7', 'worker_n7_queue');
  await until('both are heard', () => heardElsewhere.length > 0 && heard.length > 0);
  expect([heardElsewhere, heard]).toEqual([['first'], ['worker_n7_queue']]);
});

test('a group is healthy when all of its connections are, and tells when one is lost and back', async () => {
  const { group, states } = create(channelsOf(60));
  await using _ = group;
  await group.start();
  expect(group.state).toMatchObject({ healthy: true, problem: null, reconnectCount: 0 });
  const [one] = await findSessions();
  await database.pool.query('select pg_terminate_backend($1)', [one]);
  await until('the loss is told', () => states.some(({ healthy, problem }) => !healthy && problem !== null));
  await until('it is whole again', () => group.state.healthy);
  expect(group.state.reconnectCount).toBe(1);
  expect(states.at(-1)).toMatchObject({ healthy: true, reconnectCount: 1 });
});

test('more channels are listened on while it runs', async () => {
  const { group, heard } = create(channelsOf(1));
  await using _ = group;
  await group.start();
  await group.listen(['pgmq_message_ready.late']);
  await notify('pgmq_message_ready.late', 'worker_late_queue');
  await until('it is heard', () => heard.includes('worker_late_queue'));
});

test('a channel that is no identifier is refused', async () => {
  const { group } = create(channelsOf(1));
  await using _ = group;
  await group.start();
  await expect(group.listen(['late"; drop'])).rejects.toThrow(/invalid notification channel/);
});

test('a group that cannot start leaves no session behind', async () => {
  const { group } = create(channelsOf(60), { url: 'postgres://tasker@127.0.0.1:1/none' });
  await expect(group.start()).rejects.toThrow(/ECONNREFUSED/);
  expect(await findSessions()).toEqual([]);
});
