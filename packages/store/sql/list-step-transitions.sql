-- $1 step id
-- the step's log, oldest first
select transition_id, step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason, detail
from tasker.step_transitions
where step_uuid = $1
order by transition_id
