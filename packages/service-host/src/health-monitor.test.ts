import { createFakeClock } from '@tasker/lifecycle';
import { type ComponentHealth, createHealthMonitor } from './health-monitor';

const INTERVAL_MS = 1_000;

/** A monitor of one component that works until a test says otherwise; on a fake clock. */
function createMonitor(check: () => Promise<unknown> = async () => undefined) {
  const clock = createFakeClock();
  const component = { check, isWorking: true, checkCount: 0 };
  const changes: ComponentHealth[] = [];
  const monitor = createHealthMonitor({
    checks: [
      {
        name: 'database',
        async check() {
          component.checkCount += 1;
          await component.check();
          if (!component.isWorking) throw new Error('connection refused');
        },
      },
    ],
    intervalMs: INTERVAL_MS,
    unhealthyThreshold: 3,
    recoveryThreshold: 2,
    checkTimeoutMs: 200,
    onChange: (health) => void changes.push(health),
    clock,
  });
  const passIntervals = async (count: number) => {
    for (let index = 0; index < count; index += 1) await clock.advance(INTERVAL_MS);
  };
  return { monitor, clock, component, changes, passIntervals };
}

test('the first check decides at once, and start waits for it', async () => {
  const { monitor, component, changes } = createMonitor();
  expect(monitor.component('database')).toEqual({ name: 'database', isHealthy: false, problem: 'not checked yet' });
  await monitor.start();
  expect(monitor.isHealthy).toBe(true);
  expect(component.checkCount).toBe(1);
  expect(changes).toEqual([{ name: 'database', isHealthy: true, problem: null }]);
  await monitor.stop();
});

test('a process whose component is away at start is unhealthy, and start resolves', async () => {
  const { monitor, component } = createMonitor();
  component.isWorking = false;
  await monitor.start();
  expect(monitor.components()).toEqual([{ name: 'database', isHealthy: false, problem: 'connection refused' }]);
  await monitor.stop();
});

test('a component turns after as many findings in a row as the thresholds say', async () => {
  const { monitor, component, changes, passIntervals } = createMonitor();
  await monitor.start();
  component.isWorking = false;
  await passIntervals(2);
  expect(monitor.component('database')).toEqual({ name: 'database', isHealthy: true, problem: 'connection refused' });
  await passIntervals(1);
  expect(monitor.isHealthy).toBe(false);
  component.isWorking = true;
  await passIntervals(1);
  expect(monitor.isHealthy).toBe(false);
  await passIntervals(1);
  expect(monitor.isHealthy).toBe(true);
  expect(changes.map(({ isHealthy }) => isHealthy)).toEqual([true, false, true]);
  await monitor.stop();
});

test('one good check among bad ones begins the count anew', async () => {
  const { monitor, component, passIntervals } = createMonitor();
  await monitor.start();
  for (const isWorking of [false, false, true, false, false]) {
    component.isWorking = isWorking;
    await passIntervals(1);
  }
  expect(monitor.isHealthy).toBe(true);
  await monitor.stop();
});

test('a check that does not answer in time has failed, and the next round joins it instead of starting another', async () => {
  let answer = () => {};
  const { monitor, clock, component } = createMonitor();
  await monitor.start();
  component.check = () =>
    new Promise<void>((resolve) => {
      answer = resolve;
    });
  for (let round = 0; round < 3; round += 1) await clock.advance(INTERVAL_MS + 200);
  expect(monitor.component('database')).toMatchObject({ isHealthy: false, problem: 'no answer within 200 ms' });
  expect(component.checkCount).toBe(2);
  component.check = async () => undefined;
  answer();
  await clock.advance(2 * INTERVAL_MS);
  expect(monitor.isHealthy).toBe(true);
  await monitor.stop();
});

test('a stopped monitor checks no more, not even after a check that was under way', async () => {
  const { monitor, clock, component, passIntervals } = createMonitor();
  await monitor.start();
  let answer = () => {};
  component.check = () =>
    new Promise<void>((resolve) => {
      answer = resolve;
    });
  await passIntervals(1);
  await monitor.stop();
  answer();
  await passIntervals(3);
  expect(component.checkCount).toBe(2);
  expect(clock.pendingDelays()).toEqual([]);
});

test('a component that nobody checks is an error of the caller', () => {
  expect(() => createMonitor().monitor.component('other')).toThrow("there is no health check 'other'");
});
