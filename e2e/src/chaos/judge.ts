import type { ChaosSystem } from './chaos-system';
import { askDatabase } from './operator';
import { expectedState, type PlannedTask, resultsAtTheEnd } from './planned-task';

/** What the database says of a task at the end. */
interface FoundTask {
  readonly task_uuid: string;
  readonly state: string;
  readonly results: Readonly<Record<string, unknown>>;
}

const CHUNK = 1_000;
const FOUND = `
  select t.task_uuid, t.state,
    coalesce(json_object_agg(d.name, s.result) filter (where s.state = 'complete'), '{}') as results
  from tasker.tasks t
  join tasker.steps s using (task_uuid)
  join tasker.template_steps d on d.template_uuid = t.template_uuid and d.step_no = s.step_no
  where t.task_uuid = any ($1)
  group by t.task_uuid`;

/** Outcomes that were accepted from somebody else than the worker that had begun the attempt. */
const FOREIGN = `
  select r.step_uuid, r.attempt, r.actor
  from tasker.step_transitions r
  where r.event in ('enqueue_for_orchestration', 'enqueue_as_error_for_orchestration') and not exists (
    select from tasker.step_transitions b
    where b.step_uuid = r.step_uuid and b.attempt = r.attempt and b.event = 'start' and b.actor = r.actor)`;

/** Says what is wrong with a task; null when it is as it has to be. */
function findFault(found: FoundTask | undefined, task: PlannedTask, isCancelled: boolean): string | null {
  if (found === undefined) return `${task.idempotencyKey} was acknowledged and is not there`;
  const { task_uuid: taskUuid, state, results } = found;
  const about = `${task.idempotencyKey} (${taskUuid}, ${task.shape.name}, ${JSON.stringify(task.fail)}, ${task.wish})`;
  const expected = expectedState(task, isCancelled);
  if (state !== expected) return `${about} is ${state}, not ${expected}`;
  const right = resultsAtTheEnd(task);
  const wrong = Object.entries(results).filter(([step, result]) => result !== right[step]);
  if (wrong.length > 0) return `${about} has wrong results: ${JSON.stringify(wrong)}`;
  const missing = isCancelled ? [] : Object.keys(right).filter((step) => results[step] === undefined);
  return missing.length === 0 ? null : `${about} misses the results of ${missing.join(', ')}`;
}

/** Compares every task with what had to become of it; gives what is wrong, in words. */
export async function findFaults(
  chaos: ChaosSystem,
  planned: ReadonlyMap<string, PlannedTask>,
  cancelled: ReadonlySet<string>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const ids = [...planned.keys()];
  for (let start = 0; start < ids.length; start += CHUNK) {
    const chunk = ids.slice(start, start + CHUNK);
    const rows = await askDatabase<FoundTask>(chaos, FOUND, [chunk]);
    const found = new Map(rows.map((row) => [row.task_uuid, row]));
    for (const taskUuid of chunk) {
      const task = planned.get(taskUuid);
      const fault = task === undefined ? null : findFault(found.get(taskUuid), task, cancelled.has(taskUuid));
      if (fault !== null) faults.push(fault);
    }
  }
  const foreign = await askDatabase<object>(chaos, FOREIGN);
  faults.push(
    ...foreign.map((outcome) => `an outcome of a worker that did not hold the step: ${JSON.stringify(outcome)}`),
  );
  const [row] = await askDatabase<{ count: number }>(chaos, 'select count(*)::integer as count from tasker.tasks');
  if (row?.count !== planned.size) faults.push(`${planned.size} tasks were acknowledged, ${row?.count} are there`);
  return faults;
}
