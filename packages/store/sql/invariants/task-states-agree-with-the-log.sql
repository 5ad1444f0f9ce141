-- The state of a task is not the one in which its log ends (a task without a log is pending).
-- What to do: the log tells what happened; find out who wrote the column, then bring the task to the logged state.
select t.task_uuid, t.state, coalesce(l.to_state, 'pending') as logged_state, l.transition_id
from tasker.tasks t
left join lateral (
  select x.to_state, x.transition_id from tasker.task_transitions x
  where x.task_uuid = t.task_uuid order by x.transition_id desc limit 1
) l on true
where t.state <> coalesce(l.to_state, 'pending')
