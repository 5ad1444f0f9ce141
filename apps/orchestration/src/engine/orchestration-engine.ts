import { createDrivenLoop, createService, type Service } from '@tasker/lifecycle';
import type { MessagingProvider } from '@tasker/messaging';
import {
  WakeupListener,
  type WakeupListenerOptions,
  type WakeupListenerState,
  wakeupChannel,
} from '@tasker/messaging/pgmq';
import type { OrchestrationStore } from '@tasker/store';
import type { Logger } from '@tasker/telemetry';
import type { RetryPolicy } from '@tasker/workflow';
import { createRequestConsumer } from '../intake/request-consumer';
import type { TaskIntake } from '../intake/task-intake';
import { createRecovery, type RecoveryRound } from '../recovery/recover';
import { createResultProcessor, type ResultObserver } from '../results/process-results';

/** Told what the engine does, for metrics and logs. */
export interface EngineObserver extends ResultObserver {
  onRecovery(round: RecoveryRound): void;
  onListenerState(state: WakeupListenerState): void;
  onNotification(): void;
}

/** What {@link createOrchestrationEngine} works with. */
export interface OrchestrationEngineDeps {
  readonly store: OrchestrationStore;
  readonly intake: TaskIntake;
  readonly provider: MessagingProvider;
  /** Direct connection for LISTEN. */
  readonly listenUrl: string;
  readonly retryDefaults: RetryPolicy;
  /** What else its one listening connection hears, and who is told. @default nothing */
  readonly otherChannels?: WakeupListenerOptions['otherChannels'];
  readonly observer: EngineObserver;
  readonly logger: Logger;
  /** How often to look without a wake-up while the listener is down, in milliseconds. @default 1_000 */
  readonly pollIntervalMs?: number;
  /** How often to look without a wake-up while it works, in milliseconds. @default 5_000 */
  readonly safetyPollIntervalMs?: number;
}

/** The running engine. */
export interface OrchestrationEngine extends Service {
  readonly listener: WakeupListenerState;
}

const RESULTS_QUEUE = 'orchestration_step_results';
const REQUESTS_QUEUE = 'orchestration_task_requests';
/** Result messages per transaction. */
const RESULT_BATCH = 500;

/** Gives the engine: results, recovery and the request queue, each woken by notifications and looking by itself when due. */
export function createOrchestrationEngine(deps: OrchestrationEngineDeps): OrchestrationEngine {
  const { store, observer, logger, pollIntervalMs = 1_000, safetyPollIntervalMs = 5_000 } = deps;
  const idleMs = () => (listener.state.healthy ? safetyPollIntervalMs : pollIntervalMs);
  const onError = (component: string) => (error: unknown, failures: number) =>
    logger.error('engine round failed', { component, failures, error });

  const processor = createResultProcessor({
    store,
    retryDefaults: deps.retryDefaults,
    batchSize: RESULT_BATCH,
    observer: {
      ...observer,
      onRetryScheduled(namespace, delayMs) {
        observer.onRetryScheduled(namespace, delayMs);
        recovery.wakeIn(delayMs);
      },
    },
  });
  const results = createDrivenLoop({
    name: 'results loop',
    round: async () => {
      const taken = await processor.processResults();
      // A report that comes meanwhile notifies; only who cannot hear it has to look again after a partial batch.
      return { again: taken === RESULT_BATCH || (taken > 0 && !listener.state.healthy), nextMs: null };
    },
    idleMs,
    onError: onError('results'),
  });

  const recover = createRecovery({ store, results: processor });
  const recovery = createDrivenLoop({
    name: 'recovery loop',
    round: async () => {
      const found = await recover();
      observer.onRecovery(found);
      if (!listener.state.healthy) requests.wake();
      return { again: found.retried + found.decided > 0, nextMs: found.nextDueMs };
    },
    idleMs,
    onError: onError('recovery'),
  });

  const listener = new WakeupListener({
    connectionString: deps.listenUrl,
    channels: [wakeupChannel(RESULTS_QUEUE)],
    otherChannels: deps.otherChannels ?? new Map(),
    startInBackground: true,
    logger,
    onWakeup(queue) {
      observer.onNotification();
      if (queue === RESULTS_QUEUE) results.wake();
      else if (queue === REQUESTS_QUEUE) requests.wake();
    },
    onDrain() {
      requests.wake();
      results.wake();
      recovery.wake();
    },
    onStateChange: observer.onListenerState,
  });

  const requests = createRequestConsumer(deps.provider, deps.intake, logger);
  const service = createService({
    name: 'orchestration engine',
    async start() {
      await listener.start();
      requests.start();
      await results.start();
      await recovery.start();
    },
    async stop() {
      await listener.stop();
      await Promise.all([requests.stop(), results.stop(), recovery.stop()]);
    },
  });
  return {
    ...service,
    get listener() {
      return listener.state;
    },
  };
}
