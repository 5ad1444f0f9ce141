-- A task is neither over nor blocked by failures.
-- What to do: wait; if it stays so, read its log and its steps.
select t.task_uuid, t.namespace, t.state, t.updated_at
from tasker.tasks t
where t.completed_at is null and t.state <> 'blocked_by_failures'
