import type { TaskResponse } from '@tasker/protocol';
import { until } from '@tasker/testing';
import type { StepOutcome } from '@tasker/workflow';
import { startApi } from './testing/start-api';

const TEMPLATE = {
  namespace_name: 'shop',
  name: 'one',
  version: '1.0.0',
  steps: [{ name: 'only', handler: { callable: 'work' } }],
};

const RETRYABLE = (): StepOutcome => {
  const detail = { errorType: 'away', errorCode: null, retryable: true, retryAfterMs: null, backtrace: [] };
  return { kind: 'failure', error: { message: 'the service is away', ...detail } };
};

/** Has the step of a new task fail, `attempts` times in all, and gives it as it is then with its delay in seconds. */
async function failStep(variables: Readonly<Record<string, string>>, attempts: number) {
  await using api = await startApi([TEMPLATE], {
    variables: { TASKER__orchestration__hybrid__polling_interval_ms: '50', ...variables },
  });
  const { task_uuid: taskUuid } = (await api.rest('POST', '/v1/tasks', { namespace: 'shop', name: 'one', context: {} }))
    .body as TaskResponse;
  const find = async () => ((await api.rest('GET', `/v1/tasks/${taskUuid}`)).body as TaskResponse).steps[0];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await until('the step waits or is over', async () => {
      await api.work(RETRYABLE);
      const step = await find();
      return step?.attempts === attempt && ['waiting_for_retry', 'error'].includes(step.current_state);
    });
    if (attempt < attempts)
      await api.pool.query(`update tasker.steps set due_at = now() where task_uuid = $1`, [taskUuid]);
  }
  const step = await find();
  const delayMs = Date.parse(step?.next_retry_at ?? '') - Date.parse(step?.last_failure_at ?? '');
  return { state: step?.current_state, delaySeconds: delayMs / 1_000 };
}

const retry = (keys: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`TASKER__orchestration__retry__${key}`, value]));

describe('a step whose template is silent is retried as the keys of retry say, give or take 15 %', () => {
  const slow = { backoff_base_ms: '300000', max_backoff_ms: '3000000' };

  test('max_attempts', async () => {
    expect((await failStep(retry({ max_attempts: '1' }), 1)).state).toBe('error');
  });

  test('backoff_base_ms, from which exponential back-off starts', async () => {
    const { delaySeconds } = await failStep(retry(slow), 1);
    expect(delaySeconds).toBeGreaterThan(250);
    expect(delaySeconds).toBeLessThan(350);
    expect((await failStep(retry(slow), 2)).delaySeconds).toBeGreaterThan(500);
  });

  test('backoff', async () => {
    expect((await failStep(retry({ ...slow, backoff: 'fibonacci' }), 2)).delaySeconds).toBeLessThan(350);
  });

  test('max_backoff_ms', async () => {
    expect((await failStep(retry({ ...slow, max_backoff_ms: '400000' }), 2)).delaySeconds).toBeLessThan(470);
  });
});
