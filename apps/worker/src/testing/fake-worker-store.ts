import { randomUUID } from 'node:crypto';
import type { ClaimedStep, StepReport } from '@tasker/store';
import type { StepId, TaskId } from '@tasker/workflow';
import type { StepStore } from '../worker-runtime';

/** A store in memory for the scheduling logic alone: what a worker asks, when, and in which batches. */
export interface FakeWorkerStore extends StepStore {
  readonly claims: { queue: string; max: number; given: number }[];
  /** One entry for each call that got through. */
  readonly reports: (readonly StepReport[])[];
  readonly renewals: (readonly StepId[])[];
  readonly released: StepId[];
  readonly lost: Set<StepId>;
  readonly refused: Set<StepId>;
  enqueue(namespace: string, steps: readonly Partial<ClaimedStep>[]): readonly StepId[];
  /** The next call of `operation` throws. */
  failNext(operation: 'claim' | 'report' | 'renew', error: Error): void;
  /** Calls of `operation` wait until the given function is called. */
  hold(operation: 'claim' | 'report'): () => void;
  /** Resolves when `condition` holds; looked at after each call. */
  until(condition: () => boolean): Promise<void>;
}

function fullStep(namespace: string, step: Partial<ClaimedStep>): ClaimedStep {
  return {
    stepUuid: randomUUID() as string as StepId,
    taskUuid: randomUUID() as string as TaskId,
    stepName: 'step',
    attempt: 1,
    maxAttempts: 3,
    retryable: true,
    correlationId: 'c',
    traceparent: null,
    namespace,
    taskName: 'task',
    taskVersion: '1.0.0',
    context: {},
    handler: { callable: 'work', method: null, resolver: null, initialization: {} },
    timeoutMs: null,
    dependencyResults: {},
    inputs: {},
    checkpoint: null,
    ...step,
  };
}

/** Creates an empty store. */
export function createFakeWorkerStore(): FakeWorkerStore {
  const queues = new Map<string, ClaimedStep[]>();
  const failures = new Map<string, Error[]>();
  const gates = new Map<string, Promise<void>>();
  const waiters = new Set<{ condition: () => boolean; resolve: () => void }>();

  function checkWaiters(): void {
    for (const waiter of waiters) {
      if (!waiter.condition()) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  async function enter(operation: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await gates.get(operation);
    const error = failures.get(operation)?.shift();
    if (error !== undefined) throw error;
  }

  const store: FakeWorkerStore = {
    claims: [],
    reports: [],
    renewals: [],
    released: [],
    lost: new Set(),
    refused: new Set(),

    async claimSteps({ queue, max }) {
      await enter('claim');
      const steps = (queues.get(queue) ?? []).splice(0, max);
      store.claims.push({ queue, max, given: steps.length });
      setImmediate(checkWaiters);
      return steps;
    },

    async reportSteps(_workerId, reports) {
      await enter('report');
      store.reports.push(reports);
      setImmediate(checkWaiters);
      return reports.map(({ stepUuid }) => stepUuid).filter((id) => store.refused.has(id));
    },

    async renewLeases(_workerId, steps) {
      await enter('renew');
      store.renewals.push(steps.map(({ stepUuid }) => stepUuid));
      setImmediate(checkWaiters);
      return steps.map(({ stepUuid }) => stepUuid).filter((id) => store.lost.has(id));
    },

    async releaseSteps(_workerId, steps) {
      store.released.push(...steps.map(({ stepUuid }) => stepUuid));
      setImmediate(checkWaiters);
    },

    enqueue(namespace, steps) {
      const queue = `worker_${namespace}_queue`;
      const full = steps.map((step) => fullStep(namespace, step));
      queues.set(queue, [...(queues.get(queue) ?? []), ...full]);
      return full.map(({ stepUuid }) => stepUuid);
    },

    failNext(operation, error) {
      failures.set(operation, [...(failures.get(operation) ?? []), error]);
    },

    hold(operation) {
      let open = () => {};
      gates.set(
        operation,
        new Promise((resolve) => {
          open = () => {
            gates.delete(operation);
            resolve();
          };
        }),
      );
      return () => open();
    },

    until(condition) {
      return new Promise((resolve) => {
        waiters.add({ condition, resolve });
        checkWaiters();
      });
    },
  };
  return store;
}
