import { type AddressInfo, createServer, type Socket } from 'node:net';
import { loadSettings } from '@tasker/settings';
import { createMigratedDatabase, type MigratedDatabase, until } from '@tasker/testing';
import { listenForSteps, wantsListener } from './listen-for-steps';
import type { WakeupMode } from './step-wakeups';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Shorter than any default of the keys under test would take. */
const SOON = { deadlineMs: 10_000 };

const settingsOf = (keys: Readonly<Record<string, string>>) => {
  const variables = Object.entries(keys).map(([key, value]) => [`TASKER__orchestration__${key}`, value]);
  return loadSettings({ variables: Object.fromEntries(variables), kind: null }).settings.orchestration;
};

function listen(mode: WakeupMode, keys: Readonly<Record<string, string>>, connectionString?: string) {
  const told = { queues: [] as string[], roundTrips: 0, health: [] as boolean[], givenUp: [] as Error[] };
  const listener = listenForSteps(
    {
      connectionString: connectionString ?? database.connectionString,
      queues: ['worker_shop_queue'],
      mode,
      settings: settingsOf(keys),
      logger: SILENT,
      onStateChange() {},
      onRoundTrip() {
        told.roundTrips += 1;
      },
      onHealth: (isHealthy) => void told.health.push(isHealthy),
      onNotification() {},
      onGivenUp: (problem) => void told.givenUp.push(problem),
    },
    { onWakeup: (queue) => void told.queues.push(queue), onDrain() {}, onHealth() {}, onLeaseLost() {} },
  );
  return { listener, told };
}

/** A server that is no database: it takes connections, and ends them at once unless it `isMute`. */
async function startStranger({ isMute }: { readonly isMute: boolean }) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    if (!isMute) socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `postgres://tasker@127.0.0.1:${(server.address() as AddressInfo).port}/none`,
    get attempts() {
      return sockets.length;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a worker listens unless its mode or a key says that it does not', () => {
  const off = { worker_events__enable_worker_listeners: 'false' };
  expect(wantsListener('Hybrid', settingsOf({}))).toBe(true);
  expect(wantsListener('Hybrid', settingsOf(off))).toBe(false);
  expect(wantsListener('Hybrid', settingsOf({ hybrid__enable_event_listeners: 'false' }))).toBe(false);
  expect(wantsListener('EventDrivenOnly', settingsOf({ hybrid__enable_event_listeners: 'false' }))).toBe(true);
  expect(wantsListener('PollingOnly', settingsOf({}))).toBe(false);
});

test('attempts to connect follow each other within worker_listener_reconnect_ms', async () => {
  await using stranger = await startStranger({ isMute: false });
  const { listener } = listen('Hybrid', { worker_events__worker_listener_reconnect_ms: '100' }, stranger.url);
  await using _ = listener;
  await listener.start();
  // Doubling up to the default of 5 s, twelve would take half a minute.
  await until('there were twelve attempts', () => stranger.attempts >= 12, SOON);
});

test('Hybrid starts without its listener where polling stands in, and fails to start where nothing does', async () => {
  await using stranger = await startStranger({ isMute: false });
  const beside = listen('Hybrid', {}, stranger.url);
  await beside.listener.start();
  await beside.listener.stop();
  const alone = listen('Hybrid', { hybrid__enable_polling_fallback: 'false' }, stranger.url);
  await expect(alone.listener.start()).rejects.toThrow();
  await alone.listener.stop();
});

test('EventDrivenOnly fails to start when its connection takes longer than connection_timeout_ms', async () => {
  await using stranger = await startStranger({ isMute: true });
  const { listener } = listen('EventDrivenOnly', { event_driven__connection_timeout_ms: '100' }, stranger.url);
  await expect(listener.start()).rejects.toThrow(/timeout/i);
  await listener.stop();
});

test.each([
  ['Hybrid', 'hybrid'],
  ['EventDrivenOnly', 'event_driven'],
] as const)('%s measures how late notifications are as often as its key says', async (mode, table) => {
  const { listener, told } = listen(mode, { [`${table}__listener_health_check_interval_ms`]: '100' });
  await using _ = listener;
  await listener.start();
  // The defaults are 15 s and 30 s.
  await until('there were four probes', () => told.roundTrips >= 4, SOON);
});

test('a listener later than fallback_activation_threshold_ms counts as not well', async () => {
  const late = listen('Hybrid', { hybrid__fallback_activation_threshold_ms: '0' });
  const well = listen('Hybrid', {});
  for (const { listener, told } of [late, well]) {
    await using _ = listener;
    await listener.start();
    await until('it listens', () => told.roundTrips > 0 && listener.state.healthy);
  }
  expect(late.told.health.at(-1)).toBe(false);
  expect(well.told.health).toContain(true);
});
