-- The state of a step is not the one in which its log ends (a step without a log is pending).
-- What to do: the log tells what happened; find out who wrote the column, then bring the step to the logged state.
select s.task_uuid, s.step_uuid, s.name, s.state, coalesce(l.to_state, 'pending') as logged_state, l.transition_id
from tasker.steps s
left join lateral (
  select x.to_state, x.transition_id from tasker.step_transitions x
  where x.step_uuid = s.step_uuid order by x.transition_id desc limit 1
) l on true
where s.state <> coalesce(l.to_state, 'pending')
