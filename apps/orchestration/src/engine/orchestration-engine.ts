import type { LossReport } from '@tasker/broker';
import { createService, type ErrorBackoff, type Service } from '@tasker/lifecycle';
import type { MessagingProvider } from '@tasker/messaging';
import type { WakeupListenerOptions, WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Settings } from '@tasker/settings';
import { type MaintenanceStore, ORCHESTRATION_QUEUES, type OrchestrationStore } from '@tasker/store';
import type { Logger, ModeObserver } from '@tasker/telemetry';
import type { RetryPolicy } from '@tasker/workflow';
import { createRequestConsumer, type RequestBatches, type RequestMessages } from '../intake/request-consumer';
import type { TaskIntake } from '../intake/task-intake';
import { createRecoveryLoop, type RecoveryObserver } from '../recovery/recovery-loop';
import { createResultProcessor, type ResultObserver } from '../results/process-results';
import { createResultsLoop, type ResultBatches } from '../results/results-loop';
import { type Coordination, type CoordinationSettings, createCoordination } from './coordination';
import type { ExecutorPool } from './executor-pool';
import { listenForWork } from './listen-for-work';
import type { ListenerGroup } from './listener-group';

/** Told what the engine does, for metrics and logs. */
export interface EngineObserver extends ResultObserver, RecoveryObserver, Omit<ModeObserver, 'onListenerState'> {
  onListenerState(state: WakeupListenerState): void;
}

/** The keys that the engine runs by. */
export type EngineSettings = CoordinationSettings &
  Pick<Settings['orchestration'], 'max_concurrent_tasks' | 'task_timeout_seconds'>;

/** What a broker adds to the work of the engine. */
export interface BrokerWork {
  /** Has the outbox looked at in `delayMs` at the latest: somebody else has left a message there. */
  readonly wakeRelayIn: (delayMs: number) => void;
  /** Sends again what the broker has lost. */
  readonly findLost: () => Promise<LossReport>;
}

/** What {@link createOrchestrationEngine} works with. */
export interface OrchestrationEngineDeps {
  readonly store: OrchestrationStore & MaintenanceStore;
  readonly intake: TaskIntake;
  readonly provider: MessagingProvider;
  /** The queues of the database, for the channels on which they are announced. */
  readonly listQueues: () => Promise<readonly string[]>;
  /** What there is to do beside the stages when messages are with a broker; null when they are in the database. */
  readonly broker: BrokerWork | null;
  readonly settings: EngineSettings;
  /** How long a task request stays hidden while it is worked on, and how often it may be handed out. */
  readonly requestMessages: RequestMessages;
  readonly pools: Readonly<Record<'result_processor' | 'step_enqueuer', ExecutorPool>>;
  /** Direct connection for LISTEN. */
  readonly listenUrl: string;
  readonly retryDefaults: RetryPolicy;
  /** What else its listening connection hears, and who is told. @default nothing */
  readonly otherChannels?: WakeupListenerOptions['otherChannels'];
  /** Called with every look for results that nobody announced: other notifications may have been missed too. */
  readonly onLook: () => void;
  readonly observer: EngineObserver;
  /** The listener has failed as often as it may, and the mode has nothing else: the process is of no use any more. */
  readonly onGivenUp: (problem: Error) => void;
  readonly logger: Logger;
}

/** The running engine. */
export interface OrchestrationEngine extends Service {
  /** Null when the mode does not listen, and before the start. */
  readonly listener: WakeupListenerState | null;
  readonly coordination: Pick<Coordination, 'isPolling' | 'isFallback' | 'idleMs'>;
  /** A broker has delivered results. */
  noteResults(): void;
  /** Requests for finalization were written to their queue. */
  noteFinalizationRequests(): void;
  /** Tasks were made, so results will come: one that nobody hears of shall not wait long. */
  expectWork(): void;
  /** A task ended by other means than a result: another one may be let in. */
  noteSettled(): void;
}

/** Pieces of work per transaction where the mode sets no number: large enough that their statements cost nothing. */
const BATCH_SIZE = 500;
const REQUESTS_AT_ONCE = 50;
const ERROR_BACKOFF: ErrorBackoff = { baseMs: 100, maxMs: 5_000, multiplier: 2 };
/** After a message was sent somebody should have taken it; this much later it is looked whether somebody did, and went on. */
const CHECK_STALLED_AFTER_MS = 10_000;
const CHECK_LEASES_AFTER_MS = 1_000;
/** Who wrote a message relays it at once, so that this is needed only beside processes that use the database as backend. */
const RELAY_FOR_OTHERS_AFTER_MS = 100;

interface Looks {
  readonly results: ResultBatches;
  readonly requests: RequestBatches;
  readonly recoveryBatch: number;
  readonly errorBackoff: ErrorBackoff;
}

/** How much is taken at once, and how errors are waited out: PollingOnly has keys for both. */
export function planLooks({ deployment_mode: mode, polling }: CoordinationSettings): Looks {
  if (mode !== 'PollingOnly') {
    return {
      results: { batchSize: BATCH_SIZE, maxPerPoll: Number.POSITIVE_INFINITY },
      requests: { concurrency: REQUESTS_AT_ONCE, prefetch: REQUESTS_AT_ONCE },
      recoveryBatch: BATCH_SIZE,
      errorBackoff: ERROR_BACKOFF,
    };
  }
  return {
    results: { batchSize: polling.batch_size, maxPerPoll: polling.max_messages_per_poll },
    requests: { concurrency: polling.batch_size, prefetch: polling.max_messages_per_poll },
    recoveryBatch: polling.batch_size,
    errorBackoff: {
      baseMs: polling.error_backoff_base_ms,
      maxMs: polling.error_backoff_max_ms,
      multiplier: polling.error_backoff_multiplier,
    },
  };
}

/** Gives the engine: results, recovery and the request queue, each woken by notifications and looking by itself as the mode says. */
export function createOrchestrationEngine(deps: OrchestrationEngineDeps): OrchestrationEngine {
  const { store, settings, observer, pools, provider, logger } = deps;
  const looks = planLooks(settings);
  const { errorBackoff } = looks;
  let listener: ListenerGroup | null = null;
  const coordination = createCoordination({
    settings,
    listener: () => listener?.state ?? null,
    onModeSwitch(to) {
      observer.onModeSwitch(to);
      // What was planned while notifications arrived may be far away.
      if (to === 'polling') lookNow();
    },
  });
  const onError = (component: string) => (error: unknown, failures: number) =>
    logger.error('engine round failed', { component, failures, error });

  const settling: EngineObserver = {
    ...observer,
    onSettled(task) {
      observer.onSettled(task);
      noteSettled();
    },
    onRepaired(tasks) {
      observer.onRepaired(tasks);
      noteSettled();
    },
  };
  const processor = createResultProcessor({
    store,
    retryDefaults: deps.retryDefaults,
    batchSize: looks.results.batchSize,
    observer: {
      ...settling,
      onRetryScheduled(namespace, delayMs) {
        observer.onRetryScheduled(namespace, delayMs);
        recovery.makeDue('due_steps', delayMs);
      },
    },
  });
  const results = createResultsLoop({
    processor,
    pool: pools.result_processor,
    batches: looks.results,
    coordination,
    observer: {
      onEventProcessed: observer.onEventProcessed,
      onPollingCycle(cycle) {
        observer.onPollingCycle(cycle);
        deps.onLook();
      },
    },
    errorBackoff,
    onError: onError('results'),
  });
  const recovery = createRecoveryLoop({
    store,
    results: processor,
    coordination,
    pool: pools.step_enqueuer,
    batchSize: looks.recoveryBatch,
    maxConcurrentTasks: settings.max_concurrent_tasks,
    taskTimeoutSeconds: settings.task_timeout_seconds,
    wakeRequests: () => requests.wake(),
    lookForResults: () => results.wakeIn(0),
    findLost: deps.broker?.findLost ?? null,
    observer: settling,
    errorBackoff,
    onError: (duty, error, failures) => onError(duty)(error, failures),
  });
  const requests = createRequestConsumer({
    ...looks.requests,
    ...deps.requestMessages,
    provider,
    intake: deps.intake,
    logger,
  });

  function noteSettled(): void {
    if (settings.max_concurrent_tasks > 0) recovery.makeDue('admission');
  }

  function hear(queue: string): void {
    observer.onNotification();
    deps.broker?.wakeRelayIn(RELAY_FOR_OTHERS_AFTER_MS);
    if (queue === ORCHESTRATION_QUEUES.results) results.hear();
    else if (queue === ORCHESTRATION_QUEUES.requests) hearRequest();
    else if (queue === ORCHESTRATION_QUEUES.finalizations) recovery.makeDue('finalization_requests');
    // Who never looks by itself asks after each message for leases and for what nobody takes; so others may die.
    if (settings.deployment_mode !== 'EventDrivenOnly') return;
    recovery.makeDue('due_steps', CHECK_LEASES_AFTER_MS);
    recovery.makeDue('stalled_queues', CHECK_STALLED_AFTER_MS);
    recovery.makeDue('lost_messages', CHECK_STALLED_AFTER_MS);
    if (settings.max_concurrent_tasks > 0) recovery.makeDue('admission', CHECK_STALLED_AFTER_MS);
  }

  function hearRequest(): void {
    requests.wake();
    expectWork();
  }

  function expectWork(): void {
    coordination.noteActivity();
    const everyMs = coordination.idleMs('step_results');
    if (everyMs === Number.POSITIVE_INFINITY) return;
    results.wakeIn(everyMs);
    recovery.makeDue('task_requests', coordination.idleMs('task_requests'));
  }

  function lookNow(): void {
    deps.onLook();
    requests.wake();
    results.wake();
    recovery.makeAllDue();
  }

  async function createListener(): Promise<ListenerGroup | null> {
    return listenForWork({
      settings,
      listenUrl: deps.listenUrl,
      queues: await deps.listQueues(),
      otherChannels: deps.otherChannels ?? new Map(),
      logger,
      events: {
        onWakeup: hear,
        onDrain: lookNow,
        onStateChange(state) {
          observer.onListenerState(state);
          coordination.noteListener();
        },
        onRoundTrip(roundTripMs) {
          observer.onListenerLag(roundTripMs);
          coordination.noteListener();
        },
        onGivenUp: deps.onGivenUp,
      },
    });
  }

  const service = createService({
    name: 'orchestration engine',
    async start(signal) {
      requests.start();
      await results.start();
      await recovery.start();
      try {
        listener = await createListener();
        await listener?.start(signal);
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  });

  async function stop(): Promise<void> {
    await listener?.stop();
    await Promise.all([requests.stop(), results.stop(), recovery.stop()]);
  }

  return {
    ...service,
    get listener() {
      return listener?.state ?? null;
    },
    coordination,
    expectWork,
    noteSettled,
    noteResults: () => results.hear(),
    noteFinalizationRequests: () => recovery.makeDue('finalization_requests'),
  };
}
