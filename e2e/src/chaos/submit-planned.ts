import type { BatchAnswer } from '@tasker/protocol';
import { NAMESPACE } from '../api-client';
import { submitUntilAcknowledged } from '../submit-until-acknowledged';
import type { ChaosSystem } from './chaos-system';
import type { PlannedTask } from './planned-task';

const contextOf = ({ input, fail }: PlannedTask) => ({ n: input, fail });

/** Submits one task until it is acknowledged; gives its id. */
export function submitOne({ system }: ChaosSystem, task: PlannedTask): Promise<string> {
  const urls = system.fleet.orchestrations.map(({ url }) => url);
  return submitUntilAcknowledged(urls, task.shape.name, contextOf(task), task.idempotencyKey);
}

/** Submits tasks together until all are acknowledged; gives their ids in the same order. */
export async function submitBatch(chaos: ChaosSystem, tasks: readonly PlannedTask[]): Promise<readonly string[]> {
  const { status, body } = await chaos.insist<{ tasks: readonly BatchAnswer[] }>('POST', '/v1/tasks/batch', {
    tasks: tasks.map((task) => ({
      namespace: NAMESPACE,
      name: task.shape.name,
      context: contextOf(task),
      idempotency_key: task.idempotencyKey,
    })),
  });
  if (status !== 201 && status !== 207) throw new Error(`a batch gave ${status}: ${JSON.stringify(body)}`);
  return body.tasks.map((answer) => {
    if (answer.status === 'invalid') throw new Error(`a task of a batch was refused: ${JSON.stringify(answer.error)}`);
    return answer.task_uuid;
  });
}
