-- A step waits for another number of parents than are unfinished, or waits for none and is pending though its task has started.
-- What to do: reset or complete one of its parents, or set unmet_parents to the counted number; then find out how it came about.
select s.task_uuid, s.step_uuid, s.name, s.state, s.unmet_parents, c.counted
from tasker.steps s
join tasker.tasks t on t.task_uuid = s.task_uuid
cross join lateral (
  select count(*)::integer as counted from unnest(s.parent_nos) as n (parent_no)
  join tasker.steps p on p.step_uuid = tasker.step_id(s.task_uuid, n.parent_no)
  where p.state not in ('complete', 'resolved_manually')
) c
where t.state not in ('cancelled', 'resolved_manually', 'error')
  and (s.unmet_parents <> c.counted or (s.state = 'pending' and s.unmet_parents = 0 and t.state <> 'pending'))
