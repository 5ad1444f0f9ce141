import type { SettledTask } from '@tasker/store';
import { until } from '@tasker/testing';
import type { Coordination } from '../engine/coordination';
import { createExecutorPool } from '../engine/executor-pool';
import { createRecoveryLoop, type RecoveryDuty, type RecoveryLoopDeps } from './recovery-loop';

const NEVER = Number.POSITIVE_INFINITY;
const SETTLED = { taskUuid: 't', namespace: 'shop', state: 'error' } as unknown as SettledTask;

type Store = RecoveryLoopDeps['store'];

/** A store with nothing to do, but for what a test says; it counts what it is asked for. */
function createStore(answers: Partial<Store> = {}) {
  const asked: string[] = [];
  const note =
    <Args extends unknown[], Answer>(name: string, answer: (...args: Args) => Promise<Answer>) =>
    (...args: Args) => {
      asked.push(name);
      return answer(...args);
    };
  const idle: Store = {
    recoverDueSteps: async () => ({ retried: 0, undecided: [], nextDueMs: null }) as never,
    admitTasks: async () => ({ admitted: 0, isWaiting: false }) as never,
    timeOutTasks: async () => ({ timedOut: [], nextDueMs: null }) as never,
    finalizeTasks: async () => ({ taken: 0, repaired: [] }) as never,
    wakeStalledQueues: async () => ({ queues: [], nextStalledMs: null }) as never,
    findWaitingQueues: async () => [],
  } as Store;
  const all = { ...idle, ...answers };
  const store = Object.fromEntries(
    Object.entries(all).map(([name, answer]) => [name, note(name, answer as () => Promise<unknown>)]),
  ) as unknown as Store;
  return { store, asked, count: (name: keyof Store) => asked.filter((one) => one === name).length };
}

/** Runs a loop while `work` does, in a mode that never looks by itself unless a test says otherwise. */
async function run(
  answers: Partial<Store>,
  work: (seen: ReturnType<typeof createSeen>) => Promise<unknown>,
  options: Partial<Pick<RecoveryLoopDeps, 'maxConcurrentTasks' | 'taskTimeoutSeconds' | 'batchSize' | 'findLost'>> & {
    idleMs?: number;
    coordination?: Partial<Coordination>;
  } = {},
): Promise<void> {
  const seen = createSeen(answers, options);
  await seen.loop.start();
  try {
    await work(seen);
  } finally {
    await seen.loop.stop();
  }
}

function createSeen(
  answers: Partial<Store>,
  { idleMs = NEVER, coordination, ...options }: Parameters<typeof run>[2] = {},
) {
  const { store, asked, count } = createStore(answers);
  const told = {
    rounds: 0,
    admitted: 0,
    settled: [] as SettledTask[],
    stalled: [] as string[],
    resent: [] as number[],
    repaired: 0,
    woken: 0,
    looked: 0,
  };
  const failed: RecoveryDuty[] = [];
  const loop = createRecoveryLoop({
    store,
    wakeRequests: () => {
      told.woken += 1;
    },
    lookForResults: () => {
      told.looked += 1;
    },
    findLost: null,
    results: { decide: async () => undefined as never },
    coordination: {
      idleMs: () => idleMs,
      isPolling: false,
      isFallback: false,
      ...coordination,
    } as unknown as Coordination,
    pool: createExecutorPool({ min_executors: 1, max_executors: 1, queue_high_watermark: 9, queue_low_watermark: 1 }),
    batchSize: 2,
    maxConcurrentTasks: 0,
    taskTimeoutSeconds: 0,
    observer: {
      onRecovery: () => {
        told.rounds += 1;
      },
      onAdmitted: (tasks) => {
        told.admitted += tasks;
      },
      onSettled: (task) => void told.settled.push(task),
      onStalled: (queues) => void told.stalled.push(...queues),
      onResent: (messages) => void told.resent.push(messages),
      onRepaired: (tasks) => {
        told.repaired += tasks.length;
      },
    },
    errorBackoff: { baseMs: 10, maxMs: 10, multiplier: 1 },
    onError: (duty) => void failed.push(duty),
    ...options,
  });
  return { loop, asked, count, told, failed };
}

/** Gives the answers one after the other, and the last one for ever. */
function inTurn(...answers: object[]): () => Promise<never> {
  let index = 0;
  return async () => answers[Math.min(index++, answers.length - 1)] as never;
}

test('every duty is done at the start, but time-outs where there are none', async () => {
  await run({}, async ({ asked, told }) => {
    await until('all are done', () => asked.length >= 4 && told.woken > 0);
    expect([...new Set(asked)].sort()).toEqual(['admitTasks', 'finalizeTasks', 'recoverDueSteps', 'wakeStalledQueues']);
  });
});

test('where nothing looks by itself, what is due later is done when it is due', async () => {
  const answers = {
    recoverDueSteps: inTurn(
      { retried: 0, undecided: [], nextDueMs: 50 },
      { retried: 0, undecided: [], nextDueMs: null },
    ),
  };
  await run(answers, async ({ count }) => until('it is looked at again', () => count('recoverDueSteps') >= 2));
});

test('due steps are taken until there are none', async () => {
  const found = { retried: 2, undecided: [], nextDueMs: 0 };
  const answers = { recoverDueSteps: inTurn(found, found, { retried: 0, undecided: [], nextDueMs: null }) };
  await run(answers, async ({ told }) => until('the empty round has come', () => told.rounds >= 3));
});

test('a full batch of admissions is followed by another, and what was let in is told', async () => {
  const answers = { admitTasks: inTurn({ admitted: 2, isWaiting: true }, { admitted: 1, isWaiting: false }) };
  await run(answers, async ({ told }) => until('three are let in', () => told.admitted === 3), {
    maxConcurrentTasks: 5,
  });
});

test('tasks that are too old are told as settled, and the next one is waited for', async () => {
  const answers = {
    timeOutTasks: inTurn({ timedOut: [SETTLED], nextDueMs: 30 }, { timedOut: [SETTLED], nextDueMs: null }),
  };
  await run(answers, async ({ told }) => until('both have ended', () => told.settled.length === 2), {
    taskTimeoutSeconds: 60,
  });
});

test('requests for finalization are answered at once until fewer than a batch came, and repairs are told', async () => {
  const answers = { finalizeTasks: inTurn({ taken: 2, repaired: [SETTLED] }, { taken: 1, repaired: [] }) };
  await run(answers, async ({ told, count }) => {
    await until('the second batch is taken', () => count('finalizeTasks') === 2);
    expect(told.repaired).toBe(1);
  });
});

test('a queue that nobody takes from is told, and leases are looked for where nothing looks by itself', async () => {
  const answers = { wakeStalledQueues: inTurn({ queues: ['worker_shop_queue'], nextStalledMs: null }) };
  await run(answers, async ({ told, count }) => {
    await until('leases are looked for again', () => count('recoverDueSteps') >= 2);
    expect(told.stalled).toEqual(['worker_shop_queue']);
  });
});

test('what a broker has lost is looked for, and what was sent again is told', async () => {
  const reports = [{ sent: 3, isBusy: false }];
  const findLost = async () => reports.shift() ?? { sent: 0, isBusy: false };
  await run(
    {},
    async ({ told }) => until('messages are sent again', () => told.resent.length > 0 && told.resent[0] === 3),
    {
      findLost,
    },
  );
});

/** Hybrid at rest: only one look at all queues is repeated. */
const AT_REST: Partial<Coordination> = { idleMs: (work) => (work === 'unannounced' ? 10 : NEVER) };

test.each<[string, (seen: ReturnType<typeof createSeen>) => number]>([
  ['orchestration_task_requests', ({ told }) => told.woken],
  ['orchestration_step_results', ({ told }) => told.looked],
  ['orchestration_task_finalizations', ({ count }) => count('finalizeTasks')],
])('a message in %s that nobody told of is looked for, though nothing else happens', async (queue, read) => {
  let found: string[] = [];
  const answers: Partial<Store> = { findWaitingQueues: async () => found };
  await run(
    answers,
    async (seen) => {
      await until('it looked', () => seen.count('findWaitingQueues') >= 3);
      const before = read(seen);
      expect(before).toBeLessThanOrEqual(1);
      found = [queue];
      await until('it is looked for', () => read(seen) > before);
    },
    { coordination: AT_REST },
  );
});

test.each<[string, Parameters<typeof run>[2]]>([
  ['it polls as it is', { coordination: { ...AT_REST, isPolling: true } }],
  ['messages are with a broker', { coordination: AT_REST, findLost: async () => ({ sent: 0, isBusy: false }) }],
  ['nothing is looked for by itself', {}],
])('no queue is looked at for unannounced messages where %s', async (_, options) => {
  await run(
    {},
    async ({ loop, count, told }) => {
      for (const round of [1, 2, 3]) {
        loop.makeDue('unannounced');
        loop.makeDue('due_steps');
        await until('a round is done', () => told.rounds >= round);
      }
      expect(count('findWaitingQueues')).toBe(0);
    },
    options,
  );
});

test('a duty that fails is tried again, and keeps no other from being done', async () => {
  let isAway = true;
  const answers: Partial<Store> = {
    async recoverDueSteps() {
      if (isAway) throw new Error('away');
      return { retried: 0, undecided: [], nextDueMs: null } as never;
    },
  };
  await run(answers, async ({ failed, count, told }) => {
    await until('it has failed twice', () => failed.length >= 2);
    expect(new Set(failed)).toEqual(new Set(['due_steps']));
    expect(count('wakeStalledQueues')).toBeGreaterThan(0);
    isAway = false;
    await until('it is done', () => told.rounds > 0);
  });
});

test('where it polls, each duty is done again after the interval', async () => {
  await run({}, async ({ told }) => until('requests are looked for again', () => told.woken >= 3), { idleMs: 20 });
});
