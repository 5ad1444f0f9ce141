import type { TaskResponse } from '@tasker/protocol';
import { failureOf } from './render-task';

/** Says what an operator can do about a task that did not complete; empty for one that did or still runs. */
export function adviseOperator(task: TaskResponse, url: string): readonly string[] {
  if (task.status === 'cancelled') return [`The task was cancelled. Create it again with another --idempotency-key.`];
  if (task.status !== 'blocked_by_failures' && task.status !== 'error') return [];
  const failed = task.steps.filter((step) => step.current_state === 'error');
  const reasons = failed.map((step) => `  ${step.name}: ${failureOf(step) ?? 'failed'}`);
  if (task.status === 'error') return ['The task ended in error:', ...reasons];
  const [first] = failed;
  const path = `${url}/v1/tasks/${task.task_uuid}/workflow_steps/${first?.step_uuid ?? '<step>'}`;
  return [
    'The task waits for an operator, because a step failed for good:',
    ...reasons,
    'Once the cause is removed, run the step again; the task then goes on by itself:',
    `  curl -X PATCH ${path} -H 'Content-Type: application/json' \\`,
    `    -d '{"action_type":"reset_for_retry","reset_by":"<you>","reason":"<why>"}'`,
    'Or give its result by hand ("complete_manually"), let it count as done ("resolve_manually"), or end the task:',
    `  tasker task cancel ${task.task_uuid} --reason '<why>'`,
  ];
}
