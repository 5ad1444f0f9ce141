import type { UndecidedStep } from '@tasker/store';
import { DEFAULT_RETRY_POLICY, type StepId, type TaskId } from '@tasker/workflow';
import { createResultProcessor, decideStep } from './process-results';

const step: UndecidedStep = {
  stepUuid: '0190a000-0000-7000-8000-000000000001' as StepId,
  taskUuid: '0190a000-0000-7000-8000-000000000000' as TaskId,
  namespace: 'shop',
  attempt: 1,
  maxAttempts: 3,
  retryable: true,
  backoff: { backoff: 'linear', backoffBaseMs: 100, maxBackoffMs: null },
  failure: { kind: 'reported', retryable: true, retryAfterMs: null, message: 'the card reader is busy' },
};

test("a retryable failure is retried after the step's own back-off", () => {
  const { retryDelayMs, reason } = decideStep({ ...step, attempt: 2 }, DEFAULT_RETRY_POLICY);
  expect(retryDelayMs).toBeGreaterThanOrEqual(170);
  expect(retryDelayMs).toBeLessThanOrEqual(230);
  expect(reason).toBe('the card reader is busy');
});

test("the handler's own delay wins", () => {
  const failure = {
    ...step.failure,
    kind: 'reported' as const,
    retryable: true,
    retryAfterMs: 5_000,
    message: 'slow down',
  };
  expect(decideStep({ ...step, failure }, DEFAULT_RETRY_POLICY).retryDelayMs).toBe(5_000);
});

test('a failure that ends the step says which rule ended it', () => {
  const permanent = { kind: 'reported' as const, retryable: false, retryAfterMs: null, message: 'no such card' };
  expect(decideStep({ ...step, failure: permanent }, DEFAULT_RETRY_POLICY)).toMatchObject({
    retryDelayMs: null,
    reason: 'no such card (the failure is permanent)',
  });
  expect(decideStep({ ...step, attempt: 3 }, DEFAULT_RETRY_POLICY).reason).toContain('all attempts are used up');
  expect(decideStep({ ...step, retryable: false }, DEFAULT_RETRY_POLICY).reason).toContain('the step is not retryable');
});

test('an ended lease counts as a retryable failure', () => {
  const { retryDelayMs, reason } = decideStep({ ...step, failure: { kind: 'lease_expired' } }, DEFAULT_RETRY_POLICY);
  expect(retryDelayMs).not.toBeNull();
  expect(reason).toBe('the lease of attempt 1 ended without a report');
});

test('a batch is taken, its failures are decided, and the observer is told of both', async () => {
  const told: string[] = [];
  const processor = createResultProcessor({
    store: {
      advanceResults: async () => ({ taken: 3, completed: 2, settled: [], undecided: [step] }),
      decideFailures: async (decisions) => {
        told.push(`decided ${decisions.length}`);
        return [{ taskUuid: step.taskUuid, namespace: 'shop', state: 'waiting_for_retry' }];
      },
    },
    retryDefaults: DEFAULT_RETRY_POLICY,
    batchSize: 500,
    observer: {
      onResults: (completed, failed) => told.push(`results ${completed} ${failed}`),
      onRetryScheduled: (namespace) => told.push(`retry in ${namespace}`),
      onSettled: ({ state }) => told.push(`settled ${state}`),
    },
  });
  expect(await processor.processResults()).toBe(3);
  expect(told).toEqual(['results 2 1', 'decided 1', 'retry in shop', 'settled waiting_for_retry']);
});
