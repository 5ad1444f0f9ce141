import { createFakeClock } from '@tasker/lifecycle';
import { type CoordinationSettings, createCoordination, type ListenerView, type Work } from './coordination';

const SETTINGS: CoordinationSettings = {
  deployment_mode: 'Hybrid',
  hybrid: {
    enable_event_listeners: true,
    listener_reconnect_interval_ms: 5_000,
    listener_health_check_interval_ms: 30_000,
    enable_polling_fallback: true,
    polling_interval_ms: 1_000,
    fallback_activation_threshold_ms: 5_000,
  },
  event_driven: {
    listener_reconnect_interval_ms: 2_000,
    listener_health_check_interval_ms: 15_000,
    max_reconnect_attempts: 10,
    channels: ['pgmq_message_ready.orchestration'],
    listener_pool_size: 5,
    connection_timeout_ms: 5_000,
  },
  polling: {
    task_request_poll_interval_ms: 1_100,
    step_result_poll_interval_ms: 500,
    finalization_poll_interval_ms: 2_000,
    batch_size: 10,
    max_messages_per_poll: 100,
    error_backoff_base_ms: 1_000,
    error_backoff_max_ms: 30_000,
    error_backoff_multiplier: 2,
  },
};
const WELL: ListenerView = { healthy: true, roundTripMs: 3, heardUntilMs: 7 };
const DOWN: ListenerView = { healthy: false, roundTripMs: 3, heardUntilMs: 7 };
const ALL: readonly Work[] = ['task_requests', 'step_results', 'finalization', 'unannounced'];

function coordinate(settings: Partial<CoordinationSettings>, first: ListenerView = WELL, clock = createFakeClock()) {
  const switches: string[] = [];
  let view = first;
  const coordination = createCoordination({
    settings: { ...SETTINGS, ...settings },
    listener: () => view,
    onModeSwitch: (to) => switches.push(to),
    clock,
  });
  return {
    coordination,
    switches,
    become(next: ListenerView) {
      view = next;
      coordination.noteListener();
    },
  };
}

test('PollingOnly looks for each kind of work at its own interval', () => {
  const { coordination } = coordinate({ deployment_mode: 'PollingOnly' }, null);
  expect(ALL.map(coordination.idleMs)).toEqual([1_100, 500, 2_000, Infinity]);
  expect(coordination).toMatchObject({ isPolling: true, isFallback: false });
});

test('EventDrivenOnly never looks by itself, whatever becomes of its listener', () => {
  const { coordination, switches, become } = coordinate({ deployment_mode: 'EventDrivenOnly' });
  become(DOWN);
  coordination.noteUnannounced(3);
  expect(ALL.map(coordination.idleMs)).toEqual([Infinity, Infinity, Infinity, Infinity]);
  expect(coordination).toMatchObject({ isPolling: false, isFallback: false });
  expect(switches).toEqual([]);
});

test('Hybrid looks at its queues seldom, and with one statement, while notifications arrive', () => {
  const { coordination, switches } = coordinate({});
  expect(ALL.map(coordination.idleMs)).toEqual([Infinity, Infinity, 10_000, 1_800]);
  expect(coordination.isPolling).toBe(false);
  expect(switches).toEqual(['events']);
});

test('polling until the listener is heard for the first time is no switch', () => {
  const { coordination, switches, become } = coordinate({}, DOWN);
  expect(coordination.idleMs('step_results')).toBe(1_000);
  become(DOWN);
  expect(switches).toEqual([]);
  become(WELL);
  expect(switches).toEqual(['events']);
});

test('Hybrid polls while its listener is down, and hands back', () => {
  const { coordination, switches, become } = coordinate({});
  become(WELL);
  become(DOWN);
  expect(coordination.idleMs('step_results')).toBe(1_000);
  expect(coordination).toMatchObject({ isPolling: true, isFallback: true });
  become(WELL);
  expect(coordination.idleMs('step_results')).toBe(Infinity);
  expect(switches).toEqual(['events', 'polling', 'events']);
});

test('Hybrid looks for messages at each interval for ten seconds after some came', async () => {
  const clock = createFakeClock();
  const { coordination } = coordinate({}, WELL, clock);
  coordination.noteActivity();
  await clock.advance(9_999);
  expect(ALL.map(coordination.idleMs)).toEqual([1_000, 1_000, 10_000, 1_800]);
  expect(coordination.isPolling).toBe(false);
  await clock.advance(1);
  expect(ALL.map(coordination.idleMs)).toEqual([Infinity, Infinity, 10_000, 1_800]);
});

test('Hybrid polls while notifications are later than the threshold', () => {
  const { coordination, become } = coordinate({});
  become({ healthy: true, roundTripMs: 5_001, heardUntilMs: null });
  expect(coordination.isFallback).toBe(true);
  become({ healthy: true, roundTripMs: 5_000, heardUntilMs: null });
  expect(coordination.isFallback).toBe(false);
});

test('Hybrid polls after it found what nobody told it of, until the listener has answered', () => {
  const { coordination, switches, become } = coordinate({});
  become(WELL);
  coordination.noteUnannounced(0);
  expect(coordination.isFallback).toBe(false);
  coordination.noteUnannounced(1);
  expect(coordination.idleMs('step_results')).toBe(1_000);
  become(WELL);
  expect(coordination.isFallback).toBe(false);
  expect(switches).toEqual(['events', 'polling', 'events']);
});

test('Hybrid without the fallback never polls', () => {
  const hybrid = { ...SETTINGS.hybrid, enable_polling_fallback: false };
  const { coordination } = coordinate({ hybrid }, DOWN);
  expect(coordination.idleMs('step_results')).toBe(Infinity);
  expect(coordination.isPolling).toBe(false);
});

test('Hybrid without listeners polls all the time', () => {
  const hybrid = { ...SETTINGS.hybrid, enable_event_listeners: false };
  const { coordination } = coordinate({ hybrid }, null);
  expect(coordination.idleMs('step_results')).toBe(1_000);
  expect(coordination.isPolling).toBe(true);
});
