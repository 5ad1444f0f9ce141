import type { LossReport } from '@tasker/broker';
import type { ErrorBackoff } from '@tasker/lifecycle';
import { type MaintenanceStore, ORCHESTRATION_QUEUES, type OrchestrationStore, type SettledTask } from '@tasker/store';
import type { Coordination } from '../engine/coordination';
import type { ExecutorPool } from '../engine/executor-pool';
import { createWaves } from '../engine/waves';
import type { ResultProcessor } from '../results/process-results';
import { createDutyLoop, type Duty, type DutyLoop } from './duty-loop';
import { createRecovery, type RecoveryRound } from './recover';

/** What is done beside applying results. */
export type RecoveryDuty =
  | 'due_steps'
  | 'task_requests'
  | 'unannounced'
  | 'admission'
  | 'time_outs'
  | 'finalization_requests'
  | 'stalled_queues'
  | 'lost_messages';

/** Told what recovery did. */
export interface RecoveryObserver {
  onRecovery(round: RecoveryRound): void;
  /** Tasks were let in that had waited for others to end. */
  onAdmitted(tasks: number): void;
  /** A task ended or came to rest without a result. */
  onSettled(task: SettledTask): void;
  /** Messages lay in these queues and nobody took them: their workers were woken again. */
  onStalled(queues: readonly string[]): void;
  /** Messages were sent again that a broker has lost. */
  onResent(messages: number): void;
  /** Tasks that stood otherwise than their steps, and were put right. */
  onRepaired(tasks: readonly SettledTask[]): void;
}

/** What {@link createRecoveryLoop} works with. */
export interface RecoveryLoopDeps {
  readonly store: Pick<OrchestrationStore, 'recoverDueSteps'> & MaintenanceStore;
  /** Has the consumer of task requests look. */
  readonly wakeRequests: () => void;
  /** Has results looked for, as after an interval. */
  readonly lookForResults: () => void;
  /** Sends again what a broker has lost; null when messages are in the database. */
  readonly findLost: (() => Promise<LossReport>) | null;
  readonly results: Pick<ResultProcessor, 'decide'>;
  readonly coordination: Coordination;
  readonly pool: ExecutorPool;
  /** Pieces of work per transaction. */
  readonly batchSize: number;
  /** Tasks in progress at once; 0 means no limit. */
  readonly maxConcurrentTasks: number;
  /** Seconds after which a task that is not over ends; 0 means never. */
  readonly taskTimeoutSeconds: number;
  readonly observer: RecoveryObserver;
  readonly errorBackoff: ErrorBackoff;
  readonly onError: (duty: RecoveryDuty, error: unknown, failures: number) => void;
}

const NEVER = Number.POSITIVE_INFINITY;
/** A message that is visible for so long is not being waited for by a worker that heard of it. */
const STALLED_MS = 5_000;
const CONTENDED_MS = 20;
/** The oldest message of a queue that is always full is always about to lie for too long. */
const LEAST_REST_MS = 1_000;
/** What is only a safety net is looked at so much less often than work. */
const SELDOM = 3;

/** Due retries, ended leases, decisions that never came. */
function enqueueDueSteps({ store, results, pool, batchSize, coordination, observer }: RecoveryLoopDeps): Duty {
  const recover = createRecovery({ store, results, batchSize });
  let nextDueMs: number | null = null;
  const wave = createWaves({
    pool,
    batchSize,
    maxPerPoll: NEVER,
    async pull() {
      const found = await recover();
      observer.onRecovery(found);
      nextDueMs = found.nextDueMs;
      return found.retried + found.decided;
    },
  });
  return {
    async perform() {
      const { taken } = await wave();
      if (taken > 0) return 0;
      // What is overdue and was not taken is in the hands of another orchestrator.
      return Math.max(CONTENDED_MS, Math.min(nextDueMs ?? NEVER, coordination.idleMs('finalization')));
    },
  };
}

/** Requests of which no notification told. */
function lookForRequests({ wakeRequests, coordination }: RecoveryLoopDeps): Duty {
  return {
    async perform() {
      wakeRequests();
      return coordination.idleMs('task_requests');
    },
  };
}

/**
 * Messages that fell into a silence which nobody has noticed yet: one look at all queues, in place of one at each, and none
 * where a ping has just shown that there is no silence.
 */
function lookForUnannounced(deps: RecoveryLoopDeps, lookForFinalizations: () => void): Duty {
  const { store, findLost, coordination } = deps;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return {
    async perform() {
      const restMs = coordination.idleMs('unannounced');
      const isInDatabase = findLost === null;
      if (restMs === NEVER || coordination.isPolling || !isInDatabase) return restMs;
      const nowMs = performance.now();
      const certainMs = Math.max(lookedAtMs, coordination.heardUntilMs);
      if (nowMs < certainMs + restMs) return certainMs + restMs - nowMs;
      lookedAtMs = nowMs;
      const queues = await store.findWaitingQueues();
      if (queues.includes(ORCHESTRATION_QUEUES.requests)) deps.wakeRequests();
      if (queues.includes(ORCHESTRATION_QUEUES.finalizations)) lookForFinalizations();
      // While results come they are looked for at each interval as it is.
      const isQuiet = coordination.idleMs('step_results') === NEVER;
      if (isQuiet && queues.includes(ORCHESTRATION_QUEUES.results)) deps.lookForResults();
      return restMs;
    },
  };
}

/** Tasks that wait until fewer others are in progress. */
function admitTasks({ store, batchSize, maxConcurrentTasks, coordination, observer }: RecoveryLoopDeps): Duty {
  return {
    async perform() {
      const { admitted, isWaiting } = await store.admitTasks({ maxConcurrentTasks, max: batchSize });
      if (admitted > 0) observer.onAdmitted(admitted);
      if (isWaiting && admitted === batchSize) return 0;
      return isWaiting || maxConcurrentTasks > 0 ? coordination.idleMs('finalization') : NEVER;
    },
  };
}

function timeOutTasks({ store, batchSize, taskTimeoutSeconds, observer }: RecoveryLoopDeps): Duty {
  return {
    async perform() {
      if (taskTimeoutSeconds === 0) return NEVER;
      const { timedOut, nextDueMs } = await store.timeOutTasks({ timeoutSeconds: taskTimeoutSeconds, max: batchSize });
      timedOut.forEach(observer.onSettled);
      if (timedOut.length === batchSize) return 0;
      // What is overdue and was not ended is being moved by somebody else.
      return Math.max(CONTENDED_MS, nextDueMs ?? taskTimeoutSeconds * 1_000);
    },
  };
}

function answerFinalizationRequests({ store, batchSize, coordination, observer }: RecoveryLoopDeps): Duty {
  return {
    async perform() {
      const { taken, repaired } = await store.finalizeTasks(batchSize);
      if (repaired.length > 0) observer.onRepaired(repaired);
      if (taken === batchSize) return 0;
      return coordination.idleMs('finalization') * (coordination.isPolling ? 1 : SELDOM);
    },
  };
}

/** Processes that died between hearing of a message and taking it, or with a message in hand. */
function wakeStalledQueues({ store, coordination, observer }: RecoveryLoopDeps, lookForLeases: () => void): Duty {
  return {
    async perform() {
      const { queues, nextStalledMs } = await store.wakeStalledQueues(STALLED_MS);
      if (queues.length > 0) observer.onStalled(queues);
      const idleMs = coordination.idleMs('finalization');
      if (idleMs === NEVER) lookForLeases();
      if (queues.length > 0) return STALLED_MS * SELDOM;
      // Where nothing is looked at by itself, there is another look when a message that lies or is held should have been taken.
      return idleMs === NEVER ? Math.max(LEAST_REST_MS, nextStalledMs ?? NEVER) : idleMs * SELDOM;
    },
  };
}

/** Messages that went with a queue of the broker, or with its disk. */
function resendLostMessages({ findLost, coordination, observer }: RecoveryLoopDeps): Duty {
  return {
    async perform() {
      if (findLost === null) return NEVER;
      const { sent, isBusy } = await findLost();
      if (sent > 0) observer.onResent(sent);
      if (sent > 0 || isBusy || coordination.idleMs('finalization') !== NEVER) return STALLED_MS;
      return NEVER;
    },
  };
}

/** Gives the loop over everything that becomes due by the clock, or that somebody else has left undone. */
export function createRecoveryLoop(deps: RecoveryLoopDeps): DutyLoop<RecoveryDuty> {
  const loop: DutyLoop<RecoveryDuty> = createDutyLoop({
    duties: {
      due_steps: enqueueDueSteps(deps),
      task_requests: lookForRequests(deps),
      unannounced: lookForUnannounced(deps, () => loop.makeDue('finalization_requests')),
      admission: admitTasks(deps),
      time_outs: timeOutTasks(deps),
      finalization_requests: answerFinalizationRequests(deps),
      // Its message is gone when a step is claimed, and from then on its lease has to be watched.
      stalled_queues: wakeStalledQueues(deps, () => loop.makeDue('due_steps')),
      lost_messages: resendLostMessages(deps),
    },
    onError: deps.onError,
    errorBackoff: deps.errorBackoff,
  });
  return loop;
}
