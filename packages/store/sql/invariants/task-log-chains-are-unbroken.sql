-- A task's log does not start at pending, or a line does not start where the line before it ended.
-- What to do: compare the lines around transition_id; one is missing, or was written past Tasker's functions.
select l.task_uuid, l.transition_id, l.previous, l.from_state, l.event, l.to_state, l.at
from (
  select t.*, coalesce(lag(t.to_state) over (partition by t.task_uuid order by t.transition_id), 'pending') as previous
  from tasker.task_transitions t
) l
where l.from_state <> l.previous
