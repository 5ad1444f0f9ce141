import { until } from '@tasker/testing';
import { createMortalDatabase, type MortalDatabase } from '../mortal-database';
import { type System, startSystem } from '../start-system';
import { callHealth, listServices, probe } from './grpc-tools';
import { GUIDE_ANSWERS, GUIDE_GRPC } from './guide-promises';
import { shapeOf } from './shape-of';

/** Finds an outage, and measures the lag of the listener, in seconds instead of half a minute. */
const QUICK = {
  TASKER__orchestration__health__health_check_interval_ms: '200',
  TASKER__orchestration__hybrid__listener_health_check_interval_ms: '200',
};

let database: MortalDatabase;
let system: System;
let grpcTarget: string;

beforeAll(async () => {
  database = await createMortalDatabase();
  system = await startSystem({
    database,
    orchestrationEnv: QUICK,
    workerEnv: { ...QUICK, WORKER_NAMESPACES: 'payments,inventory' },
  });
  grpcTarget = system.fleet.orchestrations[0]?.grpcTarget ?? '';
  await until('the lag of the listener is measured, and all is well', async () => {
    const body = (await ask(
      'orchestration',
      '/health/detailed',
    )) as (typeof GUIDE_ANSWERS)['orchestration']['/health/detailed'];
    return body.status === 'healthy' && typeof body.event_listeners.lag_ms === 'number';
  });
});
afterAll(() => system?.[Symbol.asyncDispose]());

/** Asks until the answer is that all is well: when the machine stalls, a probe of the listener is late. */
async function untilHealthy(kind: keyof typeof GUIDE_ANSWERS, path: string): Promise<unknown> {
  return until(`${kind} is healthy by ${path}`, async () => {
    const body = (await ask(kind, path)) as { status: string };
    return body.status === 'healthy' && body;
  });
}

async function ask(kind: keyof typeof GUIDE_ANSWERS, path: string): Promise<unknown> {
  const { orchestrations, workers } = system.fleet;
  const member = (kind === 'worker' ? workers : orchestrations)[0];
  return (await fetch(`${member?.url}${path}`)).json();
}

const LINES = Object.entries(GUIDE_ANSWERS).flatMap(([kind, answers]) =>
  Object.entries(answers).map(([path, example]) => [kind as keyof typeof GUIDE_ANSWERS, path, example] as const),
);

test.each(LINES)('%s answers %s with the keys and types of the guide', async (kind, path, example) => {
  expect(shapeOf(await untilHealthy(kind, path))).toMatchObject(shapeOf(example) as object);
});

test('a worker names the namespaces that it serves', async () => {
  expect(await ask('worker', '/health')).toMatchObject({ namespaces: ['payments', 'inventory'] });
});

test.each(GUIDE_GRPC.methods)('the gRPC method %s says that all is well', async (method) => {
  const status = { CheckLiveness: 'alive', CheckReadiness: 'ready', CheckDetailedHealth: 'healthy' }[method];
  expect(await callHealth(grpcTarget, method)).toMatchObject({ answer: { status, timestamp: expect.any(String) } });
});

test('a tool learns by reflection of the service that the guide calls', async () => {
  expect(await listServices(grpcTarget)).toContain(GUIDE_GRPC.service);
});

async function countNotifications(): Promise<number> {
  const metrics = await (await fetch(`${system.fleet.orchestrations[0]?.url}/metrics`)).text();
  return Number(/^tasker_event_notifications_received_total (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

test('a notification that somebody sends to try LISTEN out does no harm', async () => {
  const before = await countNotifications();
  await system.pool.query(`notify pgmq_message_ready, 'test'`);
  await system.pool.query(`notify "pgmq_message_ready.orchestration", 'test'`);
  await until('the second one is heard', async () => (await countNotifications()) > before);
  await untilHealthy('orchestration', '/health');
  expect(system.fleet.orchestrations[0]?.output).toBe('');
});

test('probes are told SERVING, and NOT_SERVING while the database is away', async () => {
  const untilTold = async (status: string) => {
    for (const service of GUIDE_GRPC.probed) {
      await until(`the probe of "${service}" is told ${status}`, async () => {
        const end = await probe(grpcTarget, service);
        return 'answer' in end && end.answer.status === status;
      });
    }
  };
  await untilTold('SERVING');
  await database.stopServer();
  await untilTold('NOT_SERVING');
  expect(await callHealth(grpcTarget, 'CheckReadiness')).toMatchObject({ answer: { status: 'not_ready' } });
  expect(await callHealth(grpcTarget, 'CheckLiveness')).toMatchObject({ answer: { status: 'alive' } });
  await database.startServer();
  await untilTold('SERVING');
});
