import { createMigratedDatabase, type MemberKind, until } from '@tasker/testing';
import type { Pool } from 'pg';
import { readMetric } from './read-metric';
import { LINEAR, shapeTemplate } from './shapes';
import { startSystem } from './start-system';

/** Longer than the health check interval of thirty seconds, so that one check is among what is counted. */
const WATCHED_SECONDS = 35;

interface Call {
  readonly query: string;
  readonly calls: number;
}

/** Database users that only differ in their names: statements are counted by user, and so by process. */
async function createUsers(pool: Pool, suffix: string): Promise<Record<MemberKind, string>> {
  const users = { orchestration: `idle_orchestration_${suffix}`, worker: `idle_worker_${suffix}` };
  for (const user of Object.values(users)) await pool.query(`create role ${user} superuser login`);
  return users;
}

function withUser(connectionString: string, user: string): string {
  const url = new URL(connectionString);
  url.username = user;
  return url.href;
}

async function readCalls(pool: Pool, user: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<Call>(
    `select query, sum(calls)::integer as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
     where r.rolname = $1 and s.toplevel group by query`,
    [user],
  );
  return new Map(rows.map(({ query, calls }) => [query, calls]));
}

/** Gives what a user has the server do in the time watched, the most frequent first. */
async function watchCalls(pool: Pool, user: string): Promise<readonly Call[]> {
  const before = await readCalls(pool, user);
  await pool.query('select pg_sleep($1)', [WATCHED_SECONDS]);
  const after = await readCalls(pool, user);
  return [...after]
    .map(([query, calls]) => ({ query, calls: calls - (before.get(query) ?? 0) }))
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.calls - a.calls);
}

async function dropUsers(pool: Pool, users: Record<MemberKind, string>): Promise<void> {
  // The queue of the worker's namespace is its own.
  for (const user of Object.values(users))
    await pool.query(`reassign owned by ${user} to current_user; drop role ${user}`);
}

/**
 * What is left where nothing polls: the listener asks its session for its channels (a ping), and sends itself a notification
 * (a probe); the health check asks the database for a sign of life and
 * counts the queues; a new connection of the pool asks whether there is a pooler in between.
 */
const WITHOUT_POLLING = [
  /^select array\(select pg_listening_channels\(\)\) as channels$/,
  /^select pg_notify\(\$1, \$2\)$/,
  /^select( \$1)?$/,
  /^select pg_backend_pid\(\)/,
  /^select count\(\*\)/,
];

const isPolling = ({ query }: Pick<Call, 'query'>) => !WITHOUT_POLLING.some((form) => form.test(query));

/** A process looks at its queues when it begins to listen: resolves when nothing of that has come for a second. */
async function untilStartIsOver(pool: Pool, users: Record<MemberKind, string>): Promise<void> {
  const countLooks = async (user: string) => {
    const looks = [...(await readCalls(pool, user))].filter(([query]) => isPolling({ query }));
    return looks.reduce((sum, [, calls]) => sum + calls, 0);
  };
  let before = '';
  const isQuiet = async () => {
    const last = before;
    before = (await Promise.all(Object.values(users).map(countLooks))).join();
    return before === last;
  };
  await until('the looks of the start are over', isQuiet, { intervalMs: 1_000 });
}

test.each(['Hybrid', 'EventDrivenOnly'])(
  'an idle process in mode %s with a healthy listener asks the database less than once per second',
  async (mode) => {
    const database = await createMigratedDatabase();
    await database.pool.query('create extension pg_stat_statements');
    const users = await createUsers(database.pool, `${process.pid}_${mode.toLowerCase()}`);
    await using system = await startSystem({
      database,
      templates: [shapeTemplate(LINEAR)],
      memberEnv: (kind) => ({
        DATABASE_URL: withUser(database.connectionString, users[kind]),
        TASKER_DEPLOYMENT_MODE: mode,
      }),
    });
    for (const member of [...system.fleet.orchestrations, ...system.fleet.workers]) {
      await until(
        `${member.name} listens`,
        async () => (await readMetric(member, 'tasker_event_listener_active')) === 1,
      );
    }
    await untilStartIsOver(system.pool, users);
    const watched = await Promise.all(Object.values(users).map((user) => watchCalls(system.pool, user)));
    await system.fleet[Symbol.asyncDispose]();
    await dropUsers(system.pool, users);

    for (const calls of watched) {
      const perSecond = calls.reduce((sum, one) => sum + one.calls, 0) / WATCHED_SECONDS;
      expect(perSecond).toBeGreaterThan(0);
      expect(perSecond).toBeLessThan(1);
      if (mode === 'EventDrivenOnly') expect(calls.filter(isPolling)).toEqual([]);
    }
  },
);
