-- A step was started before one of its parents was complete or resolved.
-- What to do: the step ran without that parent's result; check what it did, and reset or repair it.
select s.task_uuid, s.step_uuid, s.name, p.name as parent_name, p.state as parent_state, started.at as started_at
from tasker.steps s
cross join lateral (
  select l.transition_id, l.at from tasker.step_transitions l
  where l.step_uuid = s.step_uuid and l.event = 'start' order by l.transition_id limit 1
) started
join tasker.steps p on p.task_uuid = s.task_uuid and p.step_no = any (s.parent_nos)
where not exists (
  select from tasker.step_transitions l
  where l.step_uuid = p.step_uuid and l.to_state in ('complete', 'resolved_manually')
    and l.transition_id < started.transition_id)
