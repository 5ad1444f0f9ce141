import { EventEmitter, once } from 'node:events';
import { createFakeClock } from '@tasker/lifecycle';
import type { TaskId } from '@tasker/workflow';
import type { Database } from './database';
import { checkInvariants } from './invariants';
import { createTaskChanges, TASK_CHANGED_CHANNEL, type TaskChangesDeps } from './task-changes';
import { linear } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };
const forever = new AbortController().signal;

function createFeed(deps: Partial<TaskChangesDeps> = {}) {
  const onError = (error: unknown) => {
    throw error;
  };
  return createTaskChanges({ database: engine.pool, watcherId: 'here', onError, ...deps });
}

/** Begins to watch and resolves when changes are seen; gives the iterator. */
async function watch(feed: ReturnType<typeof createFeed>, task: TaskId, signal: AbortSignal = forever) {
  const changes = feed.watch(task, signal)[Symbol.asyncIterator]();
  expect(await changes.next()).toEqual({ done: false, value: undefined });
  return changes;
}

async function watched() {
  const { rows } = await engine.pool.query(
    'select task_uuid, watcher from tasker.task_watches order by watcher, task_uuid',
  );
  return rows;
}

/** The engine's database, which emits the name of each statement that has been run. */
function createObservedDatabase(): { database: Database; ran: EventEmitter } {
  const ran = new EventEmitter();
  const query: Database['query'] = async (statement) => {
    const result = await engine.pool.query(statement as { text: string; values?: unknown[] });
    if ('name' in statement) ran.emit(statement.name);
    return result;
  };
  return { database: { query }, ran };
}

test('a watcher that looks after each yield sees the task end', async () => {
  const task = await engine.start(linear(3));
  await using feed = createFeed();
  const listener = await engine.pool.connect();
  listener.on('notification', ({ payload }) => feed.receive(String(payload)));
  await listener.query(`listen ${TASK_CHANGED_CHANNEL}`);
  const follow = async () => {
    const seen: string[] = [];
    for await (const _ of feed.watch(task, forever)) {
      seen.push(await engine.taskState(task));
      if (seen.at(-1) === 'complete') break;
    }
    return seen;
  };
  const following = Promise.all([follow(), follow()]);
  await engine.runToRest();
  for (const seen of await following) expect(seen.at(-1)).toBe('complete');
  listener.release(true);
});

test('watchers of one task share a row, which goes with the last of them', async () => {
  const task = await engine.start(linear(1));
  const { database, ran } = createObservedDatabase();
  await using feed = createFeed({ database });
  const [first, second] = [await watch(feed, task), await watch(feed, task)];
  expect(await watched()).toEqual([{ task_uuid: task, watcher: 'here' }]);
  await first.return?.();
  feed.receive(task);
  expect(await second.next()).toEqual({ done: false, value: undefined });
  const noted = once(ran, 'watch-tasks');
  await second.return?.();
  await noted;
  expect(await watched()).toEqual([]);
});

test('several changes may be one yield, and changes of other tasks are none', async () => {
  const [task, other] = [await engine.start(linear(1)), await engine.start(linear(1))];
  await using feed = createFeed();
  const changes = await watch(feed, task);
  const others = await watch(feed, other);
  feed.receive(task);
  feed.receive(task);
  await changes.next();
  let isYielded = false;
  const next = changes.next().then(() => {
    isYielded = true;
  });
  feed.receive(other);
  feed.receive('no task');
  await others.next();
  expect(isYielded).toBe(false);
  feed.receive(task);
  await next;
});

test('the first yield waits for a claim that had looked for watches before, so that its change is seen', async () => {
  const task = await engine.start(linear(1));
  const clock = createFakeClock();
  await using feed = createFeed({ clock });
  await engine.withSession(async (worker) => {
    await worker.begin();
    await worker.worker.claimSteps({ queue: 'worker_shop_queue', workerId: 'worker', max: 1, leaseMs: 60_000 });
    let isSeen = false;
    const watching = watch(feed, task).then(() => {
      isSeen = true;
    });
    await clock.waitForTimers();
    expect(isSeen).toBe(false);
    await worker.commit();
    await clock.advance(100);
    await watching;
  });
  expect(await engine.stepStates(task)).toEqual({ step_1: 'in_progress' });
});

test('the first yield does not wait for readers, and not for ever for a transaction that somebody forgot', async () => {
  const [task, other] = [await engine.start(linear(1)), await engine.start(linear(1))];
  const clock = createFakeClock();
  await using feed = createFeed({ clock });
  await engine.withSession(async (session) => {
    await session.begin();
    await session.client.query('select count(*) from tasker.task_watches');
    await watch(feed, task);
    await session.operator.endTask(task, 'cancel', signature);
    let isSeen = false;
    const watching = watch(feed, other).then(() => {
      isSeen = true;
    });
    while (!isSeen) await clock.advance(100);
    await watching;
    await session.rollback();
  });
});

test('what a transaction changes that was too slow to wait for is seen when it has ended', async () => {
  const task = await engine.start(linear(1));
  const clock = createFakeClock();
  await using feed = createFeed({ clock });
  await engine.withSession(async (session) => {
    await session.begin();
    await session.operator.endTask(task, 'cancel', signature);
    const watching = watch(feed, task);
    let isSeen = false;
    void watching.then(() => {
      isSeen = true;
    });
    while (!isSeen) await clock.advance(100);
    const changes = await watching;
    expect(await engine.taskState(task)).not.toBe('cancelled');
    await session.commit();
    let states: string[] = [];
    const following = (async () => {
      while (states.at(-1) !== 'cancelled') {
        await changes.next();
        states = [...states, await engine.taskState(task)];
      }
    })();
    while (states.at(-1) !== 'cancelled') await clock.advance(500);
    await following;
  });
});

test('a watch is renewed while it is watched', async () => {
  const task = await engine.start(linear(1));
  const clock = createFakeClock();
  const { database, ran } = createObservedDatabase();
  await using feed = createFeed({ database, clock });
  await watch(feed, task);
  const expiry = async () =>
    Number((await engine.pool.query('select extract(epoch from expires_at) as s from tasker.task_watches')).rows[0].s);
  const before = await expiry();
  await clock.waitForTimers();
  const renewed = once(ran, 'watch-tasks');
  await clock.advance(20_000);
  await renewed;
  expect(await expiry()).toBeGreaterThan(before);
});

test('a watch that was forgotten, as after a crash, is noted again and its watchers look', async () => {
  const task = await engine.start(linear(1));
  const clock = createFakeClock();
  await using feed = createFeed({ clock });
  const changes = await watch(feed, task);
  await clock.waitForTimers();
  await engine.pool.query('truncate tasker.task_watches');
  const look = changes.next();
  await clock.advance(20_000);
  expect(await look).toEqual({ done: false, value: undefined });
  expect(await watched()).toHaveLength(1);
});

test('every watcher looks when notifications may have been missed, after its watch is there again', async () => {
  const [task, other] = [await engine.start(linear(1)), await engine.start(linear(1))];
  await using feed = createFeed();
  const [changes, others] = [await watch(feed, task), await watch(feed, other)];
  await engine.pool.query('truncate tasker.task_watches');
  feed.missed();
  await Promise.all([changes.next(), others.next()]);
  expect(await watched()).toHaveLength(2);
  feed.missed();
  await Promise.all([changes.next(), others.next()]);
});

test('watches that expired are forgotten by whoever comes next', async () => {
  const task = await engine.start(linear(1));
  await engine.pool.query(`insert into tasker.task_watches values ($1, 'gone', now() - interval '1 second')`, [task]);
  await using feed = createFeed();
  await watch(feed, task);
  expect(await watched()).toEqual([{ task_uuid: task, watcher: 'here' }]);
});

test('a watch that cannot be noted is told of and tried again', async () => {
  const task = await engine.start(linear(1));
  const clock = createFakeClock();
  const errors: unknown[] = [];
  const down = new Error('the database is away');
  const query: Database['query'] = (statement) => {
    if (errors.length === 0) return Promise.reject(down);
    return engine.pool.query(statement as { text: string; values?: unknown[] });
  };
  await using feed = createFeed({ database: { query }, clock, onError: (error) => errors.push(error) });
  const watching = watch(feed, task);
  await clock.waitForTimers();
  expect(errors).toEqual([down]);
  await clock.advance(1_000);
  await watching;
  expect(await watched()).toHaveLength(1);
});

test('a watch ends when its signal aborts, at once when it has aborted before', async () => {
  const task = await engine.start(linear(1));
  await using feed = createFeed();
  const end = new AbortController();
  const changes = await watch(feed, task, end.signal);
  const next = changes.next();
  end.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  const late = feed.watch(task, end.signal)[Symbol.asyncIterator]();
  expect(await late.next()).toEqual({ done: true, value: undefined });
});

test('disposing ends every watch and leaves no row', async () => {
  const task = await engine.start(linear(1));
  const feed = createFeed();
  const other = createFeed({ watcherId: 'there' });
  const changes = await watch(feed, task);
  await watch(other, task);
  const next = changes.next();
  await feed[Symbol.asyncDispose]();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(await watched()).toEqual([{ task_uuid: task, watcher: 'there' }]);
  await other[Symbol.asyncDispose]();
  expect(await watched()).toEqual([]);
});
