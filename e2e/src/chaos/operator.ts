import { setTimeout as delay } from 'node:timers/promises';
import type { TaskResponse } from '@tasker/protocol';
import { expectedResults } from '../shapes';
import type { ChaosSystem } from './chaos-system';
import type { PlannedTask } from './planned-task';

/** Gives the rows of a query, asked again for as long as the database is away. */
export async function askDatabase<Row>(
  { database }: ChaosSystem,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  for (;;) {
    const answer = await database.pool.query(text, [...values]).catch(() => null);
    if (answer !== null) return answer.rows as Row[];
    await delay(100);
  }
}

/** Cancels a task; gives whether the answer was that it is cancelled. An answer may be lost, and the question asked twice. */
export async function cancelTask(chaos: ChaosSystem, taskUuid: string): Promise<boolean> {
  const { status } = await chaos.insist('DELETE', `/v1/tasks/${taskUuid}`);
  if (status !== 200 && status !== 409) throw new Error(`DELETE of task ${taskUuid} gave ${status}`);
  if (status === 200) return true;
  const { body } = await chaos.insist<TaskResponse>('GET', `/v1/tasks/${taskUuid}`);
  return body.status === 'cancelled';
}

async function repairTask(chaos: ChaosSystem, taskUuid: string, { shape, input, failing }: PlannedTask): Promise<void> {
  const { body: task } = await chaos.insist<TaskResponse>('GET', `/v1/tasks/${taskUuid}`);
  const step = task.steps.find(({ name }) => name === failing);
  const result = expectedResults(shape, input)[failing ?? ''];
  const { status, body } = await chaos.insist('PATCH', `/v1/tasks/${taskUuid}/workflow_steps/${step?.step_uuid}`, {
    action_type: 'complete_manually',
    completed_by: 'operator',
    reason: 'chaos',
    completion_data: { result },
  });
  // 409: the answer of an earlier try was lost.
  if (status !== 200 && status !== 409) throw new Error(`PATCH of task ${taskUuid}: ${status} ${JSON.stringify(body)}`);
}

/** Repairs tasks that are blocked, of those that are to be repaired, each once. */
export class Operator {
  readonly #chaos: ChaosSystem;
  readonly #planned: ReadonlyMap<string, PlannedTask>;
  readonly #repaired = new Set<string>();

  constructor(chaos: ChaosSystem, planned: ReadonlyMap<string, PlannedTask>) {
    this.#chaos = chaos;
    this.#planned = planned;
  }

  /** Looks once at what is blocked; gives how many tasks are, or were until now, that are to be repaired. */
  async repair(): Promise<number> {
    const blocked = await askDatabase<{ task_uuid: string }>(
      this.#chaos,
      `select task_uuid from tasker.tasks where state = 'blocked_by_failures'`,
    );
    let count = 0;
    for (const { task_uuid: taskUuid } of blocked) {
      const task = this.#planned.get(taskUuid);
      if (task?.wish !== 'repair') continue;
      count += 1;
      if (this.#repaired.has(taskUuid)) continue;
      await repairTask(this.#chaos, taskUuid, task);
      this.#repaired.add(taskUuid);
    }
    return count;
  }
}
