import { connect } from 'node:net';
import { status } from '@grpc/grpc-js';
import { type System, startSystem } from '../start-system';
import { callHealth, listServices, probe } from './grpc-tools';

/** An orchestration process with one switch of its gRPC server off. */
function startWithout(key: string): Promise<System> {
  return startSystem({ workers: 0, orchestrationEnv: { [`TASKER__orchestration__grpc__${key}`]: 'false' } });
}

const targetOf = ({ fleet }: System) => fleet.orchestrations[0]?.grpcTarget ?? '';

test('without enabled nothing listens for gRPC, and REST is served', async () => {
  await using system = await startWithout('enabled');
  const [host, port] = targetOf(system).split(':');
  const refusal = await new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('error', resolve);
    socket.once('connect', () => resolve(null)).unref();
  });
  expect(refusal).toMatchObject({ code: 'ECONNREFUSED' });
  expect((await system.api.call('GET', '/health/live')).status).toBe(200);
}, 60_000);

test('without enable_reflection tools learn nothing, and calls are answered', async () => {
  await using system = await startWithout('enable_reflection');
  await expect(listServices(targetOf(system))).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  expect(await callHealth(targetOf(system), 'CheckLiveness')).toMatchObject({ answer: { status: 'alive' } });
}, 60_000);

test('without enable_health_service probes are not answered, and calls are', async () => {
  await using system = await startWithout('enable_health_service');
  expect(await probe(targetOf(system), '')).toEqual({ code: status.UNIMPLEMENTED });
  expect(await listServices(targetOf(system))).not.toContain('grpc.health.v1.Health');
  expect(await callHealth(targetOf(system), 'CheckLiveness')).toMatchObject({ answer: { status: 'alive' } });
}, 60_000);
