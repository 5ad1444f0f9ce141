import { createMetrics } from '@tasker/telemetry';
import { type BreakerSettings, createBreaker } from './create-breaker';
import { observeComponents } from './observe-components';

const silent = () => {};

function createLog() {
  const lines: string[] = [];
  const note = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return { lines, logger: { debug: silent, info: note('info'), warn: note('warn'), error: note('error') } };
}

test("a breaker's state and its changes are in metrics and log", async () => {
  const metrics = createMetrics({ processMetrics: false });
  const { lines, logger } = createLog();
  const settings = { enabled: true, error_threshold: 1, timeout_seconds: 0, half_open_timeout_seconds: 60 };
  const breaker = createBreaker({ name: 'database', settings, isFailure: () => true, metrics, logger });
  expect(await metrics.scrape()).toContain('tasker_circuit_breaker_state{name="database",state="closed"} 1');

  await breaker.execute(() => Promise.reject(new Error('away'))).catch(silent);
  const opened = await metrics.scrape();
  expect(opened).toContain('tasker_circuit_breaker_state{name="database",state="open"} 1');
  expect(opened).toContain('tasker_circuit_breaker_state{name="database",state="closed"} 0');
  expect(opened).toContain('tasker_circuit_breaker_transitions_total{name="database",to="open"} 1');

  await breaker.execute(async () => 'back');
  expect(await metrics.scrape()).toContain('tasker_circuit_breaker_transitions_total{name="database",to="closed"} 1');
  expect(lines).toEqual([
    'warn: circuit breaker opened',
    'info: circuit breaker changed its state',
    'info: circuit breaker changed its state',
  ]);
});

const create = (settings: Partial<BreakerSettings>) =>
  createBreaker({
    name: 'database',
    settings: { enabled: true, error_threshold: 3, timeout_seconds: 0, half_open_timeout_seconds: 1, ...settings },
    isFailure: () => true,
    metrics: createMetrics({ processMetrics: false }),
    logger: createLog().logger,
  });

async function fail(breaker: ReturnType<typeof create>, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await breaker.execute(() => Promise.reject(new Error('away'))).catch(silent);
  }
}

test('a breaker opens after error_threshold errors in a row, and one that is not enabled never does', async () => {
  const breaker = create({ timeout_seconds: 60 });
  await fail(breaker, 2);
  expect(breaker.state).toBe('closed');
  await fail(breaker, 1);
  expect(breaker.state).toBe('open');
  const disabled = create({ enabled: false });
  await fail(disabled, 10);
  expect(disabled.state).toBe('closed');
});

test('an open breaker refuses for timeout_seconds, and a trial has half_open_timeout_seconds', async () => {
  const refusing = create({ error_threshold: 1, timeout_seconds: 60 });
  await fail(refusing, 1);
  await expect(refusing.execute(async () => 'back')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  const trying = create({ error_threshold: 1 });
  await fail(trying, 1);
  const lost = trying.execute(() => new Promise(silent)).catch(silent);
  expect(trying.state).toBe('half_open');
  for (const deadlineMs = performance.now() + 10_000; trying.state === 'half_open'; ) {
    if (performance.now() > deadlineMs) throw new Error('the trial was never given up');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(trying.state).toBe('open');
  void lost;
});

test("a component's health is in metrics and log", async () => {
  const metrics = createMetrics({ processMetrics: false });
  const { lines, logger } = createLog();
  const onChange = observeComponents(metrics, logger);
  onChange({ name: 'database', isHealthy: false, problem: 'connection refused' });
  expect(await metrics.scrape()).toContain('tasker_health_status{component="database"} 0');
  onChange({ name: 'database', isHealthy: true, problem: null });
  expect(await metrics.scrape()).toContain('tasker_health_status{component="database"} 1');
  expect(lines).toEqual(['warn: component is unhealthy', 'info: component is healthy']);
});
