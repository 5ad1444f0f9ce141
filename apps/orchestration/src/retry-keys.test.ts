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

test('a step whose template is silent is retried as the keys of retry say, give or take 15 %', async () => {
  const last = await failStep(retry({ max_attempts: '1' }), 1);
  expect(last.state).toBe('error');
  const slow = { backoff_base_ms: '300000', max_backoff_ms: '3000000' };
  const first = await failStep(retry(slow), 1);
  expect(first.delaySeconds).toBeGreaterThan(250);
  expect(first.delaySeconds).toBeLessThan(350);
  const doubled = await failStep(retry(slow), 2);
  expect(doubled.delaySeconds).toBeGreaterThan(500);
  const fibonacci = await failStep(retry({ ...slow, backoff: 'fibonacci' }), 2);
  expect(fibonacci.delaySeconds).toBeLessThan(350);
  const capped = await failStep(retry({ ...slow, max_backoff_ms: '400000' }), 2);
  expect(capped.delaySeconds).toBeLessThan(470);
});
