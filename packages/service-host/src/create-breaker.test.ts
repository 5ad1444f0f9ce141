import { createMetrics } from '@tasker/telemetry';
import { createBreaker } from './create-breaker';
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
  const settings = { enabled: true, error_threshold: 1, timeout_seconds: 0, half_open_timeout_seconds: 1 };
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
