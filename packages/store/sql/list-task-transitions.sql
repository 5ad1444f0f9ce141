-- $1 task id
-- the task's log, oldest first
select transition_id, task_uuid, from_state, event, to_state, at, actor, reason
from tasker.task_transitions
where task_uuid = $1
order by transition_id
