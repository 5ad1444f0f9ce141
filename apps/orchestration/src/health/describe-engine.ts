import type { ExecutorName, ExecutorPools } from '../engine/executor-pools';
import type { OrchestrationEngine } from '../engine/orchestration-engine';
import type { EngineStatus, ExecutorStatus } from './engine-status';
import type { WorkDepths } from './work-depths';

/** What {@link describeEngine} looks at. */
export interface DescribeEngineDeps {
  readonly deploymentMode: EngineStatus['deploymentMode'];
  readonly engine: Pick<OrchestrationEngine, 'listener' | 'coordination'>;
  readonly pools: ExecutorPools;
  readonly depths: Pick<WorkDepths, 'of'>;
}

/** Gives the status of an engine. A pool's depth is what waits in this process and what was last counted in the database. */
export function describeEngine({ deploymentMode, engine, pools, depths }: DescribeEngineDeps): EngineStatus {
  const executor = (name: ExecutorName): ExecutorStatus => ({
    active: pools[name].active,
    max: pools[name].max,
    queueDepth: Math.max(pools[name].queueDepth, depths.of(name)),
  });
  const { listener, coordination } = engine;
  return {
    deploymentMode,
    eventListeners: {
      active: listener?.healthy ?? false,
      channels: listener?.channelCount ?? 0,
      lagMs: listener?.roundTripMs ?? null,
    },
    polling: { active: coordination.isPolling, fallbackTriggered: coordination.isFallback },
    executors: {
      task_initializer: executor('task_initializer'),
      result_processor: executor('result_processor'),
      step_enqueuer: executor('step_enqueuer'),
    },
  };
}
