import { createMetrics } from './create-metrics';
import { type DeploymentMode, type ModeObserver, observeMode } from './observe-mode';

async function scrapeAfter(mode: DeploymentMode, drive: (observer: ModeObserver) => void): Promise<string> {
  const metrics = createMetrics({ processMetrics: false });
  drive(observeMode(metrics, mode));
  return metrics.scrape();
}

test.each([
  ['Hybrid', 'hybrid'],
  ['EventDrivenOnly', 'event_driven'],
  ['PollingOnly', 'polling'],
] as const)('%s is shown as the mode %s', async (mode, label) => {
  const text = await scrapeAfter(mode, () => {});
  expect(text.match(/^tasker_deployment_mode.*$/gm)).toEqual([`tasker_deployment_mode{mode="${label}"} 1`]);
  const listener = `tasker_event_listener_active{mode="${label}"} 0`;
  expect(text.includes(listener)).toBe(mode !== 'PollingOnly');
});

test('the state of the listener is shown, and each reconnection is counted once', async () => {
  const text = await scrapeAfter('EventDrivenOnly', (observer) => {
    observer.onListenerState({ healthy: true, reconnectCount: 0 });
    observer.onListenerState({ healthy: false, reconnectCount: 0 });
    observer.onListenerState({ healthy: true, reconnectCount: 2 });
    observer.onListenerState({ healthy: true, reconnectCount: 2 });
    observer.onListenerLag(12.5);
  });
  expect(text).toContain('tasker_event_listener_active{mode="event_driven"} 1');
  expect(text).toContain('tasker_event_listener_lag_ms{mode="event_driven"} 12.5');
  expect(text).toContain('tasker_listener_reconnections_total 2');
});

test('in Hybrid, polling stands in until the first hand-over, and only changes after it count as switches', async () => {
  const states: (readonly [string | undefined, string | undefined])[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const look = async () => {
    const text = await metrics.scrape();
    const readValue = (name: string) => new RegExp(`^${name}\\{mode="hybrid"\\} (.*)$`, 'm').exec(text)?.[1];
    states.push([readValue('tasker_polling_fallback_active'), readValue('tasker_mode_switches_total')]);
  };
  const observer = observeMode(metrics, 'Hybrid');
  await look();
  for (const to of ['polling', 'events', 'events', 'polling', 'polling', 'events'] as const) {
    observer.onModeSwitch(to);
    await look();
  }
  expect(states).toEqual([
    ['1', '0'],
    ['1', '0'],
    ['0', '0'],
    ['0', '0'],
    ['1', '1'],
    ['1', '1'],
    ['0', '2'],
  ]);
});

test.each(['EventDrivenOnly', 'PollingOnly'] as const)('%s has no fallback and never switches', async (mode) => {
  const text = await scrapeAfter(mode, (observer) => observer.onModeSwitch('polling'));
  expect(text).not.toMatch(/^tasker_(polling_fallback_active|mode_switches_total)\{/m);
});

test('notifications, their processing, and polling cycles with what they found and whether they failed are counted', async () => {
  const text = await scrapeAfter('Hybrid', (observer) => {
    observer.onNotification();
    observer.onEventProcessed(4);
    observer.onPollingCycle({ found: 3, processed: 2, durationMs: 20, isFailed: false });
    observer.onPollingCycle({ found: 0, processed: 0, durationMs: 5, isFailed: true });
  });
  expect(text).toContain('tasker_event_notifications_received_total 1');
  expect(text).toContain('tasker_event_processing_duration_seconds_sum 0.004');
  expect(text).toContain('tasker_polling_cycles_total 2');
  expect(text).toContain('tasker_polling_messages_found_total 3');
  expect(text).toContain('tasker_polling_messages_processed_total 2');
  expect(text).toContain('tasker_polling_errors_total 1');
  expect(text).toContain('tasker_polling_duration_seconds_sum 0.025');
});
