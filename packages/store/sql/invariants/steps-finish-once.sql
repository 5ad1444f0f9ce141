-- A step became complete (or was resolved) more than once.
-- What to do: see in its log who completed it again; its effects may have happened twice.
select l.task_uuid, l.step_uuid, count(*)::integer as completions, max(l.at) as last_at
from tasker.step_transitions l
where l.to_state in ('complete', 'resolved_manually')
group by l.task_uuid, l.step_uuid
having count(*) > 1
