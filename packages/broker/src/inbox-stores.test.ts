import { MemoryProvider } from '@tasker/messaging/memory';
import type { ClaimedStep, OrchestrationStore, WorkerStore } from '@tasker/store';
import type { StepId } from '@tasker/workflow';
import { Inbox } from './inbox';
import { advanceFromInbox, claimFromInbox } from './inbox-stores';

const SHOP = 'worker_shop_queue';
const RESULTS = 'orchestration_step_results';
const stepId = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as StepId;
const claim = { queue: SHOP, workerId: 'w', leaseMs: 1_000 };

let provider: MemoryProvider;
let inbox: Inbox;
let arrived: Promise<void>;

beforeEach(async () => {
  provider = new MemoryProvider();
  await provider.start();
  await provider.ensureQueues([SHOP, RESULTS]);
  arrived = new Promise((resolve) => {
    inbox = new Inbox({
      provider,
      queues: [SHOP, RESULTS],
      prefetch: 10,
      maxReceiveCount: 3,
      onArrival: () => resolve(),
    });
  });
  inbox.start();
});
afterEach(async () => {
  await inbox.stop();
  await provider.stop();
});

async function receive(queue: string, ...numbers: readonly number[]): Promise<void> {
  await provider.sendBatch(
    queue,
    numbers.map((number) => ({ step_uuid: stepId(number) })),
  );
  await arrived;
}

const untilEmpty = async (queue: string) => {
  for (;;) {
    const { visibleCount, invisibleCount } = await provider.stats(queue);
    if (visibleCount + invisibleCount === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** A worker's store that is told what to answer to each claim. */
function scriptedStore(...answers: readonly ((given: readonly StepId[]) => readonly StepId[])[]) {
  const given: (readonly StepId[])[] = [];
  const claimSteps = async (request: { given?: readonly StepId[] | null }) => {
    given.push(request.given ?? []);
    const answer = answers[given.length - 1];
    if (answer === undefined) throw new Error('one claim too many');
    return answer(request.given ?? []).map((stepUuid) => ({ stepUuid }) as ClaimedStep);
  };
  return { given, store: { claimSteps } as unknown as WorkerStore };
}

const fail = (): never => {
  throw new Error('the database is away');
};

test('an empty inbox claims and advances nothing, without a call', async () => {
  const { store, given } = scriptedStore();
  expect(await claimFromInbox(store, inbox).claimSteps({ ...claim, max: 5 })).toEqual([]);
  expect(given).toEqual([]);
  const orchestration = advanceFromInbox({ advanceResults: fail } as unknown as OrchestrationStore, inbox);
  expect(await orchestration.advanceResults(5)).toMatchObject({ taken: 0 });
});

test('messages whose step was claimed by somebody else are made up for by those that follow', async () => {
  await receive(SHOP, 1, 2, 3);
  const { store, given } = scriptedStore(
    ([first]) => (first ? [first] : []),
    (all) => all,
  );
  const claimed = await claimFromInbox(store, inbox).claimSteps({ ...claim, max: 2 });
  expect(claimed.map(({ stepUuid }) => stepUuid)).toEqual([stepId(1), stepId(3)]);
  expect(given).toEqual([[stepId(1), stepId(2)], [stepId(3)]]);
  await untilEmpty(SHOP);
});

test('a claim that fails keeps its messages for the next one', async () => {
  await receive(SHOP, 1);
  const { store } = scriptedStore(fail, (all) => all);
  const claims = claimFromInbox(store, inbox);
  await expect(claims.claimSteps({ ...claim, max: 2 })).rejects.toThrow('the database is away');
  expect(await claims.claimSteps({ ...claim, max: 2 })).toHaveLength(1);
  await untilEmpty(SHOP);
});

test('what was claimed reaches the caller though the rest fails', async () => {
  await receive(SHOP, 1, 2, 3);
  const { store } = scriptedStore(
    ([first]) => (first ? [first] : []),
    fail,
    (all) => all,
  );
  const claims = claimFromInbox(store, inbox);
  expect(await claims.claimSteps({ ...claim, max: 2 })).toHaveLength(1);
  expect(await claims.claimSteps({ ...claim, max: 2 })).toHaveLength(1);
});

test('results that cannot be applied together are there to be applied singly', async () => {
  await receive(RESULTS, 1, 2);
  const advance = { taken: 2, completed: 2, settled: [], undecided: [], deadLettered: [] };
  const singly: (readonly StepId[])[] = [];
  const store = advanceFromInbox(
    {
      advanceResults: fail,
      advanceResultsSingly: async (_: number, given: readonly StepId[]) => {
        singly.push(given);
        return advance;
      },
    } as unknown as OrchestrationStore,
    inbox,
  );
  await expect(store.advanceResults(500)).rejects.toThrow('the database is away');
  expect(await store.advanceResultsSingly(500)).toEqual(advance);
  expect(singly).toEqual([[stepId(1), stepId(2)]]);
  await untilEmpty(RESULTS);
});
