import { join } from 'node:path';
import { checkInvariants } from '@tasker/store';
import {
  createMigratedDatabase,
  type Fleet,
  type FleetOptions,
  type MigratedDatabase,
  startFleet,
  until,
} from '@tasker/testing';
import type { Pool } from 'pg';
import { type ApiClient, createApiClient, NAMESPACE } from './api-client';
import { type TestBackend, useTestBackend } from './test-backend';

/** A fleet on a database of its own, with what a suite needs to watch it. */
export interface System extends AsyncDisposable {
  readonly pool: Pool;
  readonly fleet: Fleet;
  readonly backend: TestBackend;
  /** Starts more processes beside the fleet, over the same database. */
  startMore(env: Readonly<Record<string, string>>): Promise<Fleet>;
  /** Talks to the first orchestration process. */
  readonly api: ApiClient;
  /** Resolves when the task is in the state. */
  untilTask(taskUuid: string, state: string): Promise<void>;
  /** Resolves when the handler of the step has been started that many times, attempts that were lost included. */
  untilStarted(taskUuid: string, step: string, times?: number): Promise<void>;
  /** Lets the handlers that wait at the gate go on. */
  openGate(name: string): Promise<void>;
  /** Resolves when a handler of the task has left the note. */
  untilNote(taskUuid: string, note: string): Promise<void>;
  /** Waits until every task is over or blocked, then fails when an invariant does not hold. */
  expectInvariants(): Promise<void>;
}

/** How large a fleet, and its environment. */
export interface SystemOptions {
  readonly orchestrations?: number;
  readonly workers?: number;
  readonly workerEnv?: Readonly<Record<string, string>>;
  readonly orchestrationEnv?: Readonly<Record<string, string>>;
  /** What one process has beside its kind, and wins. @default nothing */
  readonly memberEnv?: FleetOptions['memberEnv'];
  /** Where to run; the system disposes of it. @default a new database on the server of all suites */
  readonly database?: MigratedDatabase;
  /** What delivers messages, once its tables are there. @default that of the jest project */
  readonly useBackend?: (pool: Pool) => Promise<TestBackend>;
  /** Registered before the system is given. */
  readonly templates?: readonly object[];
}

/** Written by handlers past the engine: what really ran, whatever the engine thinks. */
const HANDLER_TABLES = `
  create schema e2e;
  create table e2e.executions (
    step_uuid uuid, task_uuid uuid, step_name text, attempt integer, pid integer, at timestamptz default clock_timestamp());
  create table e2e.notes (id bigint generated always as identity, step_uuid uuid, attempt integer, note text);
  create table e2e.gates (name text primary key);`;

type Observer = Omit<System, 'pool' | 'fleet' | 'startMore' | 'backend' | 'api' | typeof Symbol.asyncDispose>;

function createObserver(pool: Pool, backend: TestBackend): Observer {
  const isThere = async (text: string, values: readonly unknown[]) => {
    const { rowCount } = await pool.query(text, [...values]);
    return (rowCount ?? 0) > 0;
  };
  return {
    async untilTask(taskUuid, state) {
      await until(`task ${taskUuid} is ${state}`, () =>
        isThere('select from tasker.tasks where task_uuid = $1 and state::text = $2', [taskUuid, state]),
      );
    },

    async untilStarted(taskUuid, step, times = 1) {
      const text = `select from e2e.executions where task_uuid = $1 and step_name = $2 having count(*) >= $3`;
      await until(`${step} has been started ${times} times`, () => isThere(text, [taskUuid, step, times]));
    },

    async openGate(name) {
      await pool.query('insert into e2e.gates values ($1) on conflict do nothing', [name]);
    },

    async untilNote(taskUuid, note) {
      const text = `select from e2e.notes n join tasker.steps s using (step_uuid) where s.task_uuid = $1 and n.note = $2`;
      await until(`a handler notes ${note}`, () => isThere(text, [taskUuid, note]));
    },

    async expectInvariants() {
      await until('all tasks are over or blocked', async () => {
        const open = `select from tasker.tasks where completed_at is null and state <> 'blocked_by_failures' limit 1`;
        return !(await isThere(open, []));
      });
      await backend.untilEmpty();
      const hasBroker = backend.provider !== null;
      expect(await checkInvariants(pool, { settled: true, hasBroker })).toEqual([]);
    },
  };
}

const APP_MAINS: FleetOptions['mains'] = {
  orchestration: require.resolve('@tasker/orchestration/main'),
  worker: require.resolve('@tasker/worker/main'),
};

function startProcesses(
  databaseUrl: string,
  backendEnv: Readonly<Record<string, string>>,
  { workerEnv, orchestrationEnv = {}, memberEnv = () => ({}), ...counts }: SystemOptions,
): Promise<Fleet> {
  return startFleet({
    databaseUrl,
    mains: APP_MAINS,
    orchestrations: counts.orchestrations ?? 1,
    workers: counts.workers ?? 1,
    orchestrationEnv: { ...backendEnv, ...orchestrationEnv },
    memberEnv,
    workerEnv: {
      ...backendEnv,
      TASKER_HANDLERS: join(__dirname, '..', 'handlers'),
      WORKER_NAMESPACES: NAMESPACE,
      ...workerEnv,
    },
  });
}

/** Starts a system. The processes write warnings and errors only; a test that fails may look at `member.output`. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const database = options.database ?? (await createMigratedDatabase());
  let fleet: Fleet | null = null;
  let backend: TestBackend | null = null;
  const stop = async () => {
    await fleet?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  };
  try {
    await database.pool.query(HANDLER_TABLES);
    backend = await (options.useBackend ?? useTestBackend)(database.pool);
    fleet = await startProcesses(database.connectionString, backend.env, options);
    const api = createApiClient(fleet.orchestrations[0]?.url ?? '');
    for (const one of options.templates ?? []) await api.register(one);
    return {
      ...createObserver(database.pool, backend),
      pool: database.pool,
      fleet,
      startMore: (env) =>
        startProcesses(database.connectionString, {}, { ...options, orchestrationEnv: env, workerEnv: env }),
      backend,
      api,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
