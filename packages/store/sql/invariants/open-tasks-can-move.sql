-- A task that is not over, nor waits for admission, has no step that moves, none that is due at some time, and no failure for an operator to look at.
-- It would stay as it is for ever. What to do: reset, complete or resolve one of its steps (each makes the task move on), or
-- cancel the task; then read its log to see where it was left.
select t.task_uuid, t.namespace, t.state, t.updated_at, t.steps_total, t.steps_done
from tasker.tasks t
where t.completed_at is null and t.state <> 'pending'
  and not exists (
    select from tasker.steps s
    where s.task_uuid = t.task_uuid
      and (s.state in ('enqueued', 'enqueued_for_orchestration', 'enqueued_as_error_for_orchestration') or s.due_at is not null))
  and not (t.state = 'blocked_by_failures'
    and exists (select from tasker.steps s where s.task_uuid = t.task_uuid and s.state = 'error'))
