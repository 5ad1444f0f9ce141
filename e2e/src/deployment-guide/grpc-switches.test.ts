import { connect } from 'node:net';
import { status } from '@grpc/grpc-js';
import { type System, startSystem } from '../start-system';
import { callHealth, listServices, probe } from './grpc-tools';

/** A process of each kind, with one switch of its gRPC server off. */
function startWithout(key: string): Promise<System> {
  return startSystem({
    orchestrationEnv: { [`TASKER__orchestration__grpc__${key}`]: 'false' },
    workerEnv: { [`TASKER__worker__grpc__${key}`]: 'false' },
  });
}

const targetOf = ({ fleet }: System) => fleet.orchestrations[0]?.grpcTarget ?? '';
const workerTargetOf = ({ fleet }: System) => fleet.workers[0]?.grpcTarget ?? '';

/** The error of connecting there; null when somebody listens. */
function findRefusal(target: string): Promise<unknown> {
  const [host, port] = target.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
  });
}

test('without enabled nothing listens for gRPC, and REST is served', async () => {
  await using system = await startWithout('enabled');
  for (const target of [targetOf(system), workerTargetOf(system)]) {
    expect(await findRefusal(target)).toMatchObject({ code: 'ECONNREFUSED' });
  }
  expect((await system.api.call('GET', '/health/live')).status).toBe(200);
  expect((await fetch(`${system.fleet.workers[0]?.url}/health/live`)).status).toBe(200);
});

test('without enable_reflection tools learn nothing, and calls are answered', async () => {
  await using system = await startWithout('enable_reflection');
  for (const target of [targetOf(system), workerTargetOf(system)]) {
    await expect(listServices(target)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    expect(await probe(target, '')).toMatchObject({ answer: { status: 'SERVING' } });
  }
  expect(await callHealth(targetOf(system), 'CheckLiveness')).toMatchObject({ answer: { status: 'alive' } });
});

test('without enable_health_service probes are not answered, and calls are', async () => {
  await using system = await startWithout('enable_health_service');
  for (const target of [targetOf(system), workerTargetOf(system)]) {
    expect(await probe(target, '')).toEqual({ code: status.UNIMPLEMENTED });
    expect(await listServices(target)).not.toContain('grpc.health.v1.Health');
  }
  expect(await listServices(workerTargetOf(system))).toContain('tasker.v1.WorkerHealthService');
  expect(await callHealth(targetOf(system), 'CheckLiveness')).toMatchObject({ answer: { status: 'alive' } });
});
