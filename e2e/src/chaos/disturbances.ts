import { setTimeout as delay } from 'node:timers/promises';
import type { FleetMember } from '@tasker/testing';
import { Client } from 'pg';
import type { Random } from '../create-random';
import { freeze } from '../freeze';
import type { ChaosSystem } from './chaos-system';

/** Something that goes wrong, and is over when its promise resolves; gives what was done, in a few words. */
export type Disturbance = (chaos: ChaosSystem, random: Random) => Promise<string>;

/** Beyond a lease and the reconnects of a broker. */
const LONGEST_FREEZE_MS = 8_000;
const LONGEST_OUTAGE_MS = 2_000;
const LONGEST_LOCK_MS = 1_500;
const LONGEST_SNAPSHOT_MS = 20_000;
const CANCELLATIONS = 40;
const OTHERS = `pid <> pg_backend_pid() and backend_type = 'client backend' and application_name <> 'test'`;

async function kill(members: readonly FleetMember[]): Promise<void> {
  await Promise.all(members.map((member) => member.kill()));
  await Promise.all(members.map((member) => member.start()));
}

const killOne: Disturbance = async ({ members }, random) => {
  const member = random.pick(members);
  await kill([member]);
  return `${member.name} killed`;
};

const killAll: Disturbance = async ({ members }) => {
  await kill(members);
  return 'all processes killed';
};

const restartOne: Disturbance = async ({ members }, random) => {
  const member = random.pick(members);
  await member.stop();
  await member.start();
  return `${member.name} restarted`;
};

const freezeOne: Disturbance = async ({ members }, random) => {
  const member = random.pick(members);
  const ms = random.between(0, LONGEST_FREEZE_MS);
  const thaw = freeze(member);
  await delay(ms);
  thaw();
  return `${member.name} frozen for ${Math.round(ms)} ms`;
};

const killDatabase: Disturbance = async ({ database }, random) => {
  await database.killServer();
  await delay(random.between(0, LONGEST_OUTAGE_MS));
  await database.startServer();
  return 'PostgreSQL killed';
};

const restartDatabase: Disturbance = async ({ database }, random) => {
  await database.stopServer();
  await delay(random.between(0, LONGEST_OUTAGE_MS));
  await database.startServer();
  return 'PostgreSQL restarted';
};

const endSessions: Disturbance = async ({ database }, random) => {
  const part = random.next();
  const ended = await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where ${OTHERS} and random() < $1`,
    [part],
  );
  return `${ended.rowCount} sessions ended`;
};

const cancelStatements: Disturbance = async ({ database }) => {
  let count = 0;
  for (let round = 0; round < CANCELLATIONS; round += 1) {
    const cancelled = await database.pool.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where ${OTHERS} and state = 'active'`,
    );
    count += cancelled.rowCount ?? 0;
    await delay(5);
  }
  return `${count} statements cancelled`;
};

const holdLock: Disturbance = async ({ database }, random) => {
  const table = random.pick(['tasker.tasks', 'tasker.steps', 'tasker.step_transitions']);
  const ms = random.between(0, LONGEST_LOCK_MS);
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query(`lock table ${table} in exclusive mode`);
    await delay(ms);
  } finally {
    await client.query('rollback');
    client.release();
  }
  return `${table} locked for ${Math.round(ms)} ms`;
};

/** As a long report or a backup does: what it may still see is not removed. It goes on while other things go wrong. */
const holdSnapshot: Disturbance = async ({ database }, random) => {
  const ms = Math.ceil(random.between(0, LONGEST_SNAPSHOT_MS));
  const client = new Client({ connectionString: database.connectionString, application_name: 'test' });
  // Its end, by the server's time limit or with the server.
  client.on('error', () => {});
  await client.connect();
  await client.query(`set idle_in_transaction_session_timeout = ${ms}`);
  await client.query('begin isolation level repeatable read; select');
  return `a snapshot held for ${ms} ms`;
};

const killBroker: Disturbance = async ({ broker }, random) => {
  await broker?.kill();
  await delay(random.between(0, LONGEST_OUTAGE_MS));
  await broker?.restart();
  return 'RabbitMQ killed';
};

const freezeBroker: Disturbance = async ({ broker }, random) => {
  const ms = random.between(0, LONGEST_FREEZE_MS);
  await broker?.freeze();
  await delay(ms);
  await broker?.thaw();
  return `RabbitMQ frozen for ${Math.round(ms)} ms`;
};

const ALWAYS = [
  killOne,
  killAll,
  restartOne,
  freezeOne,
  killDatabase,
  restartDatabase,
  endSessions,
  cancelStatements,
  holdLock,
  holdSnapshot,
];

/** What may go wrong in this system. */
export function disturbancesOf({ broker }: ChaosSystem): readonly Disturbance[] {
  return broker === null ? ALWAYS : [...ALWAYS, killBroker, freezeBroker];
}
