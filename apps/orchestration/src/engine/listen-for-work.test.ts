import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createMigratedDatabase, type MigratedDatabase, until } from '@tasker/testing';
import type { CoordinationSettings } from './coordination';
import { type ListenForWorkOptions, listenForWork } from './listen-for-work';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const ORCHESTRATION = 'pgmq_message_ready.orchestration';
const QUIET = { error() {}, warn() {}, info() {}, debug() {} } as unknown as ListenForWorkOptions['logger'];

interface Wish {
  readonly mode: CoordinationSettings['deployment_mode'];
  readonly hybrid?: Partial<CoordinationSettings['hybrid']>;
  readonly eventDriven?: Partial<CoordinationSettings['event_driven']>;
  readonly listenUrl?: string;
  readonly queues?: readonly string[];
}

function toSettings({ mode, hybrid, eventDriven }: Wish): CoordinationSettings {
  return {
    deployment_mode: mode,
    hybrid: {
      enable_event_listeners: true,
      listener_reconnect_interval_ms: 100,
      listener_health_check_interval_ms: 30_000,
      enable_polling_fallback: true,
      polling_interval_ms: 1_000,
      fallback_activation_threshold_ms: 5_000,
      ...hybrid,
    },
    event_driven: {
      listener_reconnect_interval_ms: 100,
      listener_health_check_interval_ms: 15_000,
      max_reconnect_attempts: 0,
      channels: [ORCHESTRATION, 'pgmq_message_ready.*', 'pgmq_queue_created'],
      listener_pool_size: 5,
      connection_timeout_ms: 5_000,
      ...eventDriven,
    },
  } as CoordinationSettings;
}

function listen(wish: Wish) {
  const heard: string[] = [];
  const givenUp: Error[] = [];
  const roundTripsMs: number[] = [];
  const listener = listenForWork({
    settings: toSettings(wish),
    listenUrl: wish.listenUrl ?? database.connectionString,
    queues: wish.queues ?? [],
    logger: QUIET,
    events: {
      onWakeup: (queue) => void heard.push(queue),
      onDrain() {},
      onRoundTrip: (roundTripMs) => void roundTripsMs.push(roundTripMs),
      onStateChange() {},
      onGivenUp: (problem) => void givenUp.push(problem),
    },
  });
  return { listener, heard, givenUp, roundTripsMs };
}

function listenFor(wish: Wish) {
  const { listener, ...rest } = listen(wish);
  if (listener === null) throw new Error('the mode has no listener');
  return { listener, ...rest };
}

const notify = (channel: string, payload: string) =>
  database.pool.query('select pg_notify($1, $2)', [channel, payload]);

const countSessions = async (): Promise<number> => {
  const { rows } = await database.pool.query<{ count: number }>(`select count(*)::integer from pg_stat_activity
    where datname = current_database() and application_name = 'tasker-listener'`);
  return rows[0]?.count ?? 0;
};

async function endSessions(): Promise<void> {
  await database.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'tasker-listener'`);
}

/** Shorter than the defaults of the keys under test would take. */
const SOON = { deadlineMs: 10_000 };

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
    countAttempts: () => sockets.length,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A way to the database that leads elsewhere from the moment that it is told to, for connections to come. */
async function openLink(elsewhere: string) {
  let target = new URL(database.connectionString);
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect({ host: target.hostname, port: Number(target.port) });
    for (const socket of [inner, outer]) sockets.add(socket.on('error', () => {}));
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.connectionString);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    lead() {
      target = new URL(elsewhere);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('PollingOnly has no listener, nor has Hybrid without event listeners', () => {
  expect(listen({ mode: 'PollingOnly' }).listener).toBeNull();
  expect(listen({ mode: 'Hybrid', hybrid: { enable_event_listeners: false } }).listener).toBeNull();
});

test('Hybrid starts without its listener where polling stands in, and fails to start where nothing does', async () => {
  const listenUrl = 'postgres://tasker@127.0.0.1:1/none';
  const { listener } = listenFor({ mode: 'Hybrid', listenUrl });
  await using _ = listener;
  await listener.start();
  expect(listener.state.healthy).toBe(false);
  const alone = listenFor({ mode: 'Hybrid', listenUrl, hybrid: { enable_polling_fallback: false } });
  await expect(alone.listener.start()).rejects.toThrow(/ECONNREFUSED/);
});

test('EventDrivenOnly hears of the queues that are there, and of those that are created later', async () => {
  const { listener, heard } = listenFor({ mode: 'EventDrivenOnly', queues: ['worker_old_queue', 'old_domain_events'] });
  await using _ = listener;
  await listener.start();
  await notify('pgmq_message_ready.old', 'worker_old_queue');
  await notify(ORCHESTRATION, 'orchestration_step_results');
  await until('both are heard', () => heard.length === 2);
  const { channelCount } = listener.state;
  await notify('pgmq_queue_created', 'worker_new_queue');
  await until('one more channel is listened on', async () => {
    await notify('pgmq_message_ready.new', 'worker_new_queue');
    return heard.includes('worker_new_queue');
  });
  expect(listener.state.channelCount).toBe(channelCount + 1);
  expect(heard.slice(0, 2).sort()).toEqual(['orchestration_step_results', 'worker_old_queue']);
});

test('EventDrivenOnly listens to the channels that it is given only', async () => {
  const { listener, heard } = listenFor({
    mode: 'EventDrivenOnly',
    queues: ['worker_old_queue'],
    eventDriven: { channels: [ORCHESTRATION] },
  });
  await using _ = listener;
  await listener.start();
  expect(listener.state.channelCount).toBe(1);
  await notify('pgmq_message_ready.old', 'worker_old_queue');
  await notify(ORCHESTRATION, 'orchestration_step_results');
  await until('the channel is heard', () => heard.length > 0);
  expect(heard).toEqual(['orchestration_step_results']);
});

test.each([
  [5, 3],
  [2, 2],
])('a pool of at most %i connections takes %i for 120 channels, and hears all of them', async (size, sessions) => {
  const queues = Array.from({ length: 119 }, (_, index) => `worker_n${index}_queue`);
  const wish = { mode: 'EventDrivenOnly', queues, eventDriven: { listener_pool_size: size } } as const;
  const { listener, heard } = listenFor(wish);
  await until('sessions of others are gone', async () => (await countSessions()) === 0);
  await using _ = listener;
  await listener.start();
  expect(await countSessions()).toBe(sessions);
  for (const [index, queue] of queues.entries()) await notify(`pgmq_message_ready.n${index}`, queue);
  await until('all are heard', () => heard.length === queues.length);
  expect([...heard].sort()).toEqual([...queues].sort());
});

test('in Hybrid attempts to connect follow each other within listener_reconnect_interval_ms', async () => {
  await using stranger = await startStranger({ isMute: false });
  const { listener } = listenFor({ mode: 'Hybrid', listenUrl: stranger.url });
  await using _ = listener;
  await listener.start();
  // Doubling up to the default of 5 s, twelve would take half a minute.
  await until('there were twelve attempts', () => stranger.countAttempts() >= 12, SOON);
});

test('in EventDrivenOnly as many attempts as may fail follow each other within listener_reconnect_interval_ms', async () => {
  await using stranger = await startStranger({ isMute: false });
  await using link = await openLink(stranger.url);
  const { listener, givenUp } = listenFor({
    mode: 'EventDrivenOnly',
    listenUrl: link.url,
    eventDriven: { max_reconnect_attempts: 12 },
  });
  await using _ = listener;
  await listener.start();
  link.lead();
  await endSessions();
  await until('it has given up', () => givenUp.length === 1, SOON);
  expect(stranger.countAttempts()).toBe(12);
});

test('EventDrivenOnly fails to start when its connection takes longer than connection_timeout_ms', async () => {
  await using stranger = await startStranger({ isMute: true });
  const wish = {
    mode: 'EventDrivenOnly',
    listenUrl: stranger.url,
    eventDriven: { connection_timeout_ms: 100 },
  } as const;
  const { listener } = listenFor(wish);
  await using _ = listener;
  await expect(listener.start()).rejects.toThrow(/timeout/i);
});

test.each([
  { mode: 'Hybrid', hybrid: { listener_health_check_interval_ms: 100 } },
  { mode: 'EventDrivenOnly', eventDriven: { listener_health_check_interval_ms: 100 } },
] as const)('$mode measures how late notifications are at its listener_health_check_interval_ms', async (wish) => {
  const { listener, roundTripsMs } = listenFor(wish);
  await using _ = listener;
  await listener.start();
  await until('there were four probes', () => roundTripsMs.length >= 4, SOON);
});

test('a new queue whose name is none of ours is ignored, and the listener goes on', async () => {
  const { listener, heard } = listenFor({ mode: 'EventDrivenOnly' });
  await using _ = listener;
  await listener.start();
  const { channelCount } = listener.state;
  for (const name of ['', 'worker_x"; drop_queue', `worker_${'x'.repeat(60)}_queue`, 'other']) {
    await notify('pgmq_queue_created', name);
  }
  await notify(ORCHESTRATION, 'orchestration_step_results');
  await until('what came later is heard', () => heard.length > 0);
  expect(listener.state).toMatchObject({ healthy: true, channelCount });
});

test('a listener reconnects within its interval, again and again', async () => {
  const { listener } = listenFor({ mode: 'EventDrivenOnly' });
  await using _ = listener;
  await listener.start();
  for (const reconnects of [1, 2, 3]) {
    await endSessions();
    await until('it listens again', () => listener.state.healthy && listener.state.reconnectCount >= reconnects);
  }
});
