import type { WakeupListenerState } from '@tasker/messaging/pgmq';
import type { EngineStatus, ExecutorName, ExecutorStatus } from './engine-status';
import type { WatchedStore } from './watch-store';
import type { WorkDepths } from './work-depths';

/** What {@link describeEngine} looks at. */
export interface DescribeEngineDeps {
  readonly listener: WakeupListenerState;
  readonly watched: Pick<WatchedStore, 'running'>;
  readonly depths: Pick<WorkDepths, 'of'>;
  /** Connections at the most: as many transactions may create tasks at once. */
  readonly maxConnections: number;
}

/** Gives the status of an engine that takes results and due steps in one loop each, and polls while its listener is down. */
export function describeEngine({ listener, watched, depths, maxConnections }: DescribeEngineDeps): EngineStatus {
  const executor = (name: ExecutorName, max: number): ExecutorStatus => ({
    active: watched.running(name),
    max,
    queueDepth: depths.of(name),
  });
  return {
    deploymentMode: 'Hybrid',
    eventListeners: { active: listener.healthy, channels: listener.channelCount, lagMs: listener.roundTripMs },
    polling: { active: !listener.healthy, fallbackTriggered: !listener.healthy },
    executors: {
      task_initializer: executor('task_initializer', maxConnections),
      result_processor: executor('result_processor', 1),
      step_enqueuer: executor('step_enqueuer', 1),
    },
  };
}
