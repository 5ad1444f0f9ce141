import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerProcess } from './container-process';

const directory = mkdtempSync(join(tmpdir(), 'container-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Healthy as soon as it has written `ready`, which it does when it can be told to stop. */
function start(name: string, script: string, options: { stopGraceMs?: number; healthCommand?: string } = {}) {
  const logFile = join(directory, `${name}.log`);
  const isReady = `process.exit(require('fs').readFileSync(${JSON.stringify(logFile)}, 'utf8').includes('ready') ? 0 : 1)`;
  return new ContainerProcess({
    name,
    command: [process.execPath, '-e', script],
    environment: {},
    workdir: directory,
    user: null,
    logFile,
    health: {
      command: [process.execPath, '-e', options.healthCommand ?? isReady],
      timeoutMs: 20_000,
      deadlineMs: options.healthCommand === undefined ? 60_000 : 0,
    },
    stopGraceMs: options.stopGraceMs ?? 60_000,
  });
}

const WAIT = `setInterval(() => {}, 1000); console.log('ready');`;

test('a process that ends well when it is told to ends with 0 and leaves nothing', async () => {
  const container = start('polite', `process.on('SIGTERM', () => process.exit(0)); ${WAIT}`);
  await container.untilHealthy();
  expect(await container.stop()).toMatchObject({ exitCode: 0, hasLeftovers: false });
  expect(container.hasEnded).toBe(true);
});

test('a process that does not stop in its time is killed', async () => {
  const container = start('deaf', `process.on('SIGTERM', () => {}); ${WAIT}`, { stopGraceMs: 50 });
  await container.untilHealthy();
  expect(await container.stop()).toMatchObject({ exitCode: null, hasLeftovers: false });
});

test('a process that it leaves behind is told, and ended', async () => {
  const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })`;
  const script = `const child = ${child}; console.log(child.pid);
    process.on('SIGTERM', () => process.exit(0)); ${WAIT}`;
  const container = start('parent', script);
  await container.untilHealthy();
  const pid = Number(container.logTail().split('\n')[0]);
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(await container.stop()).toMatchObject({ exitCode: 0, hasLeftovers: true });
});

test('one that ends, or never passes its health check, is an error', async () => {
  const broken = start('broken', `console.error('no database'); process.exit(1)`);
  await expect(broken.untilHealthy()).rejects.toThrow(/broken ended before it was healthy:\nno database/);
  const sick = start('sick', WAIT, { healthCommand: 'process.exit(1)' });
  await expect(sick.untilHealthy()).rejects.toThrow('gave up waiting until sick is healthy');
  await sick.stop();
});
