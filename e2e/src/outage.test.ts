import { type FleetMember, until } from '@tasker/testing';
import { NAMESPACE } from './api-client';
import { createMortalDatabase, type MortalDatabase } from './mortal-database';
import { DIAMOND, LINEAR, SHAPES, shapeTemplate, TREE } from './shapes';
import { type System, startSystem } from './start-system';
import { submitWhileDisturbed } from './submit-while-disturbed';

/** Finds an outage, and its end, in seconds instead of minutes. */
const QUICK = {
  TASKER__orchestration__health__health_check_interval_ms: '200',
  TASKER__circuit_breakers__database__half_open_timeout_seconds: '1',
  TASKER__circuit_breakers__message_queue__error_threshold: '5',
  TASKER__circuit_breakers__message_queue__half_open_timeout_seconds: '1',
};
/** Tries again when its time is over. */
const BRIEF_DATABASE = { TASKER__circuit_breakers__database__timeout_seconds: '1' };
/** Tries again when the listener has a connection again, long before its time is over. */
const LONG_DATABASE = { TASKER__circuit_breakers__database__timeout_seconds: '600' };
const LONG_QUEUE = { TASKER__circuit_breakers__message_queue__timeout_seconds: '600' };
/** More than outages, so that no step runs out of attempts because its handler met one. */
const PATIENT = { max_attempts: 20, backoff: 'none' };

/** Two processes of each kind that notice an outage and its end within seconds, over a database that can go away. */
async function startMortalSystem(database: MortalDatabase): Promise<System> {
  return startSystem({
    database,
    orchestrationEnv: { ...QUICK, ...BRIEF_DATABASE, ...LONG_QUEUE },
    workerEnv: { ...QUICK, ...LONG_DATABASE },
    orchestrations: 2,
    workers: 2,
    templates: SHAPES.map((shape) => shapeTemplate(shape, PATIENT)),
  });
}

const membersOf = ({ fleet }: System): readonly FleetMember[] => [...fleet.orchestrations, ...fleet.workers];

async function ask<Body>({ url }: FleetMember, path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(url + path);
  return { status: response.status, body: (await response.json()) as Body };
}

/** Resolves when every process says this of its health. */
async function untilAll(system: System, status: 'healthy' | 'unhealthy'): Promise<void> {
  for (const member of membersOf(system)) {
    await until(`${member.name} is ${status}`, async () => {
      const { body } = await ask<{ status: string }>(member, '/health');
      return body.status === status;
    });
  }
}

interface Details {
  readonly database: { readonly status: string };
  readonly circuit_breakers: { readonly database: string };
}

async function submitSome({ api }: System, count: number): Promise<readonly string[]> {
  const tasks = Array.from({ length: count }, (_, index) => ({
    namespace: NAMESPACE,
    name: SHAPES[index % SHAPES.length]?.name ?? '',
    context: { n: 2, index },
  }));
  const { body } = await api.call<{ tasks: { task_uuid: string }[] }>('POST', '/v1/tasks/batch', { tasks });
  return body.tasks.map(({ task_uuid }) => task_uuid);
}

async function expectOutage(system: System): Promise<void> {
  for (const member of membersOf(system)) {
    expect((await ask(member, '/health')).status).toBe(503);
    expect((await ask(member, '/health/ready')).status).toBe(503);
    expect((await ask(member, '/health/live')).status).toBe(200);
    await until(`the breaker of ${member.name} is open`, async () => {
      const { body } = await ask<Details>(member, '/health/detailed');
      return body.database.status === 'disconnected' && body.circuit_breakers.database === 'open';
    });
  }
  for (const member of system.fleet.orchestrations) {
    // Each component has a check of its own.
    await until(`${member.name} tells of both components`, async () => {
      const { body } = await ask<{ database: string; message_queue: string }>(member, '/health');
      return body.database === 'disconnected' && body.message_queue === 'unavailable';
    });
    const answer = await fetch(`${member.url}/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: NAMESPACE, name: LINEAR.name, context: { n: 2 } }),
    });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  }
}

async function expectRecovery(system: System): Promise<void> {
  for (const member of membersOf(system)) {
    expect((await ask(member, '/health/ready')).status).toBe(200);
    const { body } = await ask(member, '/health/detailed');
    expect(body).toMatchObject({ database: { status: 'connected' }, circuit_breakers: { database: 'closed' } });
    const metrics = await (await fetch(`${member.url}/metrics`)).text();
    expect(metrics).toMatch(/^tasker_circuit_breaker_transitions_total\{name="database",to="open"\} [1-9]/m);
    expect(metrics).toContain('tasker_circuit_breaker_state{name="database",state="closed"} 1');
    expect(metrics).toContain('tasker_health_status{component="database"} 1');
  }
}

test('an outage of the database is told, refuses with 503, and leaves no trace when it is over', async () => {
  const database = await createMortalDatabase();
  await using system = await startMortalSystem(database);
  await untilAll(system, 'healthy');
  const taskUuids = await submitSome(system, 200);
  await system.untilStarted(taskUuids[0] ?? '', 'step_1');

  await database.stopServer();
  await untilAll(system, 'unhealthy');
  await expectOutage(system);

  await database.startServer();
  await untilAll(system, 'healthy');
  await expectRecovery(system);
  const later = await submitSome(system, 5);
  for (const taskUuid of [...taskUuids, ...later]) await system.untilTask(taskUuid, 'complete');
  await system.expectInvariants();
});

test('nothing acknowledged is lost though the server is killed again and again under load', async () => {
  const database = await createMortalDatabase();
  await using system = await startMortalSystem(database);
  let kills = 0;
  const taskUuids = await submitWhileDisturbed(system, { shapes: [LINEAR, DIAMOND, TREE], tasks: 80 }, async () => {
    kills += 1;
    await database.killServer();
    await database.startServer();
  });
  expect(kills).toBeGreaterThan(1);
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
  expect(new Set(taskUuids).size).toBe(80);
  await untilAll(system, 'healthy');
  await system.expectInvariants();
}, 240_000);
