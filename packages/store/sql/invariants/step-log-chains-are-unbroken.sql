-- A step's log does not start at pending, or a line does not start where the line before it ended.
-- What to do: compare the lines around transition_id; one is missing, or was written past Tasker's functions.
select l.task_uuid, l.step_uuid, l.transition_id, l.previous, l.from_state, l.event, l.to_state, l.at
from (
  select s.*, coalesce(lag(s.to_state) over (partition by s.step_uuid order by s.transition_id), 'pending') as previous
  from tasker.step_transitions s
) l
where l.from_state <> l.previous
