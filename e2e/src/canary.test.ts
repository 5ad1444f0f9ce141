import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigratedDatabase, FleetMember, type MigratedDatabase, takeFreePort, until } from '@tasker/testing';
import type { Pool } from 'pg';
import { NAMESPACE } from './api-client';
import { QUICK_RETRY, template } from './shapes';
import { type System, startSystem } from './start-system';

const CANARY = `canary${randomBytes(8).toString('hex')}`;
const ROLE = `e2e_${CANARY.slice(0, 16)}_role`;
const LEAKING = template('leaking', [
  { name: 'leak', handler: { callable: 'leak', initialization: { api_key: CANARY } }, retry: QUICK_RETRY },
]);
const STRICT = template('strict', [{ name: 'leak', handler: { callable: 'leak' } }], {
  input_schema: { type: 'object', properties: { pin: { type: 'integer' }, mode: { enum: ['a', 'b'] } } },
});

/** Creates a role whose password is the canary, with the rights of the test's own; gives the URL by which it connects. */
async function createRole(pool: Pool, databaseUrl: string): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select quote_ident(current_user) as name');
  await pool.query(`create role ${ROLE} login password '${CANARY}' in role ${rows[0]?.name}`);
  return Object.assign(new URL(databaseUrl), { username: ROLE, password: CANARY }).href;
}

/** Gives a database by the canary's role; its URL is in a file, too. */
async function createDatabase(urlFile: string): Promise<MigratedDatabase> {
  const database = await createMigratedDatabase();
  const connectionString = await createRole(database.pool, database.connectionString);
  await writeFile(urlFile, `${connectionString}\n`);
  return { ...database, connectionString };
}

/** Collects all that a process tells the outside. */
class Told {
  readonly #texts: string[] = [];

  add(source: string, text: string): void {
    this.#texts.push(...text.split('\n').map((line) => `${source}: ${line}`));
  }

  /** Adds the answer to a request that carries the canary in its headers, too. */
  async ask(url: string, init: RequestInit = {}): Promise<number> {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${CANARY}`,
      cookie: `session=${CANARY}`,
    };
    const response = await fetch(url, { ...init, headers });
    const shown = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.add(`answer of ${new URL(url).pathname}`, `${shown}\n${await response.text()}`);
    return response.status;
  }

  get lines(): readonly string[] {
    return this.#texts;
  }

  get leaks(): readonly string[] {
    return this.#texts.filter((line) => line.includes(CANARY));
  }
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

async function askAll({ fleet }: System, told: Told): Promise<readonly number[]> {
  const [orchestration = ''] = fleet.orchestrations.map(({ url }) => url);
  const tasks = `${orchestration}/v1/tasks`;
  const task = { namespace: NAMESPACE, name: 'strict', context: {} };
  const refused = [
    await told.ask(tasks, post(`{"context": {"password": "${CANARY}"`)),
    await told.ask(tasks, post(`${CANARY}`)),
    await told.ask(tasks, post({ ...task, context: { pin: CANARY, mode: CANARY } })),
    await told.ask(tasks, post({ ...task, priority: CANARY, tags: CANARY })),
    await told.ask(`${orchestration}/v1/templates`, post({ ...STRICT, version: CANARY, steps: CANARY })),
    await told.ask(`${orchestration}/v1/nowhere?token=${CANARY}`),
    await told.ask(`${tasks}?limit=${CANARY}`),
  ];
  for (const { url } of [...fleet.orchestrations, ...fleet.workers]) {
    for (const path of ['/health', '/health/detailed', '/health/ready', '/metrics']) await told.ask(url + path);
  }
  return refused;
}

async function cutConnections({ pool, fleet }: System): Promise<void> {
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`, [ROLE]);
  for (const { name, url } of [...fleet.orchestrations, ...fleet.workers]) {
    // Each look is a line in the output of the process, whose beginning is lost when it grows too long.
    const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
    await until(`${name} is ready again`, isReady, { intervalMs: 250 });
  }
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tasker-canary-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('a secret in the password, in headers, templates, inputs and the errors of handlers is told nowhere', async () => {
  const told = new Told();
  await using system = await startSystem({
    workerEnv: { LOG_LEVEL: 'debug' },
    orchestrationEnv: { LOG_LEVEL: 'debug', DATABASE_URL: '', DATABASE_URL_FILE: join(directory, 'url') },
    templates: [LEAKING, STRICT],
    database: await createDatabase(join(directory, 'url')),
  });
  const members = [...system.fleet.orchestrations, ...system.fleet.workers];
  const taskUuid = await system.api.submit('leaking', { password: CANARY });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  expect(await askAll(system, told)).toEqual([400, 400, 400, 400, 400, 404, 400]);
  await cutConnections(system);
  for (const member of members) {
    await member.stop();
    told.add(member.name, member.output);
  }
  await system.pool.query(`reassign owned by ${ROLE} to current_user; drop role ${ROLE}`);

  expect(told.leaks).toEqual([]);
  const said = told.lines.join('\n');
  for (const proof of [
    'signing in',
    'step failed',
    'task blocked by failures',
    'tasker_step_errors_total',
    '[redacted]',
  ]) {
    expect(said).toContain(proof);
  }
});

test.each(['orchestration', 'worker'] as const)(
  '%s says that it cannot reach its database, without the password',
  async (kind) => {
    const address = `127.0.0.1:${await takeFreePort()}`;
    const urls = [
      `postgresql://tasker:${CANARY}@${address}/tasker`,
      `postgresql://tasker:${CANARY}@127.0.0.1:port/tasker`,
    ];
    for (const databaseUrl of urls) {
      const env = { DATABASE_URL: databaseUrl, TASKER_WEB_BIND_ADDRESS: address, LOG_LEVEL: 'debug' };
      const worker = { TASKER_HANDLERS: join(__dirname, '..', 'handlers', 'quick.cjs'), WORKER_NAMESPACES: NAMESPACE };
      const main = require.resolve(`@tasker/${kind}/main`);
      const member = new FleetMember({
        name: kind,
        main,
        url: `http://${address}`,
        grpcTarget: '127.0.0.1:0',
        env: { ...env, ...worker },
      });
      await expect(member.start()).rejects.toThrow('cannot start');
      expect(member.output).not.toContain(CANARY);
    }
  },
);
