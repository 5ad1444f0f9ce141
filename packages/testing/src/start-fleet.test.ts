import { join } from 'node:path';
import { startFleet } from './start-fleet';

const server = join(__dirname, 'testing', 'server.cjs');
const options = {
  databaseUrl: 'postgres://nowhere/none',
  mains: { orchestration: server, worker: server },
  orchestrationEnv: { ROLE: 'orchestration' },
  workerEnv: { ROLE: 'worker' },
};

test('every member is ready on an address of its own with the database and the environment of its kind', async () => {
  await using fleet = await startFleet({ ...options, orchestrations: 1, workers: 2 });
  const members = [...fleet.orchestrations, ...fleet.workers];
  const answers = await Promise.all(members.map(async ({ url }) => (await fetch(url)).text()));
  expect(answers).toEqual([
    'postgres://nowhere/none orchestration',
    'postgres://nowhere/none worker',
    'postgres://nowhere/none worker',
  ]);
  expect(new Set(members.map(({ url }) => url)).size).toBe(3);
});

test('a killed member leaves the others alone and starts again at its old address', async () => {
  await using fleet = await startFleet({ ...options, workers: 2 });
  const [one, two] = fleet.workers;
  expect(await one?.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  expect([one?.isRunning, two?.isRunning]).toEqual([false, true]);
  await expect(fetch(`${one?.url}`)).rejects.toThrow();
  await one?.start();
  expect((await fetch(`${one?.url}`)).ok).toBe(true);
});

test('stop is graceful, and has no effect on a member that has ended', async () => {
  await using fleet = await startFleet({ ...options, workers: 0 });
  const [member] = fleet.orchestrations;
  expect(await member?.stop()).toEqual({ code: 0, signal: null });
  expect(await member?.stop()).toEqual({ code: 0, signal: null });
});

test('a fleet with a member that cannot start says what it wrote and leaves no process behind', async () => {
  const failing = { ...options, workerEnv: { FAIL: 'yes' } };
  await expect(startFleet(failing)).rejects.toThrow(/worker 1 ended before it was ready:\nno luck today/);
});
