import type { Advance, UndecidedStep } from '@tasker/store';
import { DEFAULT_RETRY_POLICY, type StepId, type TaskId } from '@tasker/workflow';
import { createResultProcessor, decideStep, type ResultProcessorDeps } from './process-results';

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

const nothing: Advance = { taken: 0, completed: 0, settled: [], undecided: [], deadLettered: [] };

function startProcessor(store: Partial<ResultProcessorDeps['store']>) {
  const told: string[] = [];
  const processor = createResultProcessor({
    store: {
      advanceResults: async () => nothing,
      advanceResultsSingly: async () => nothing,
      decideFailures: async (decisions) => {
        told.push(`decided ${decisions.length}`);
        return [{ taskUuid: step.taskUuid, namespace: 'shop', state: 'waiting_for_retry' }];
      },
      ...store,
    },
    retryDefaults: DEFAULT_RETRY_POLICY,
    batchSize: 500,
    observer: {
      onResults: (completed, failed) => told.push(`results ${completed} ${failed}`),
      onRetryScheduled: (namespace) => told.push(`retry in ${namespace}`),
      onSettled: ({ state }) => told.push(`settled ${state}`),
      onBadBatch: (error) => told.push(`bad batch: ${(error as Error).message}`),
      onDeadLettered: (errors) => told.push(`dead-lettered ${errors.join()}`),
    },
  });
  return { processor, told };
}

test('a batch is taken, its failures are decided, and the observer is told of both', async () => {
  const { processor, told } = startProcessor({
    advanceResults: async () => ({ ...nothing, taken: 3, completed: 2, undecided: [step] }),
  });
  expect(await processor.processResults()).toBe(3);
  expect(told).toEqual(['results 2 1', 'decided 1', 'retry in shop', 'settled waiting_for_retry']);
});

test('a batch that can never be applied as a whole is applied one by one', async () => {
  const { processor, told } = startProcessor({
    advanceResults: () => Promise.reject(Object.assign(new Error('check violated'), { code: '23514' })),
    advanceResultsSingly: async () => ({ ...nothing, taken: 2, completed: 1, deadLettered: ['check violated'] }),
  });
  expect(await processor.processResults()).toBe(2);
  expect(told).toEqual(['bad batch: check violated', 'dead-lettered check violated', 'results 1 0']);
});

test('an outage is no reason to take results one by one', async () => {
  const { processor, told } = startProcessor({
    advanceResults: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })),
  });
  await expect(processor.processResults()).rejects.toThrow('gone');
  expect(told).toEqual([]);
});
