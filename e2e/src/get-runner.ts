import type { FleetMember } from '@tasker/testing';
import type { System } from './start-system';

/** Who runs a step, and who does not. */
export interface Runner {
  readonly runner: FleetMember;
  readonly others: readonly FleetMember[];
}

/** Gives the worker process that started the step last. @throws when no worker of the fleet did */
export async function getRunner({ pool, fleet }: System, taskUuid: string, step: string): Promise<Runner> {
  const text = 'select pid from e2e.executions where task_uuid = $1 and step_name = $2 order by at desc limit 1';
  const { rows } = await pool.query<{ pid: number }>(text, [taskUuid, step]);
  const runner = fleet.workers.find(({ pid }) => pid === rows[0]?.pid);
  if (runner === undefined) throw new Error(`no worker of the fleet runs ${step} of task ${taskUuid}`);
  return { runner, others: fleet.workers.filter((worker) => worker !== runner) };
}
