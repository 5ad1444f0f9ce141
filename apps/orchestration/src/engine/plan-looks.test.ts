import { loadSettings } from '@tasker/settings';
import { planLooks } from './orchestration-engine';

const plan = (variables: Readonly<Record<string, string>>) =>
  planLooks(loadSettings({ variables, kind: null }).settings.orchestration);

const POLLING = {
  TASKER__orchestration__polling__batch_size: '3',
  TASKER__orchestration__polling__max_messages_per_poll: '7',
  TASKER__orchestration__polling__error_backoff_base_ms: '20',
  TASKER__orchestration__polling__error_backoff_max_ms: '90',
  TASKER__orchestration__polling__error_backoff_multiplier: '1.5',
};

test('in PollingOnly looks take, and errors are waited out, as the keys of polling say', () => {
  expect(plan({ TASKER_DEPLOYMENT_MODE: 'PollingOnly', ...POLLING })).toEqual({
    results: { batchSize: 3, maxPerPoll: 7 },
    requests: { concurrency: 3, prefetch: 7 },
    recoveryBatch: 3,
    errorBackoff: { baseMs: 20, maxMs: 90, multiplier: 1.5 },
  });
});

test.each(['Hybrid', 'EventDrivenOnly'])('in %s the keys of polling have no say', (mode) => {
  expect(plan({ TASKER_DEPLOYMENT_MODE: mode, ...POLLING })).toEqual(plan({ TASKER_DEPLOYMENT_MODE: mode }));
});
