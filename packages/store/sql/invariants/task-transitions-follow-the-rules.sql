-- A line of a task's log is not in tasker.task_transition_rules.
-- What to do: the change was not made by Tasker's functions; find out who writes to its tables.
select l.task_uuid, l.transition_id, l.from_state, l.event, l.to_state, l.at, l.actor
from tasker.task_transitions l
where not exists (
  select from tasker.task_transition_rules r where (r.from_state, r.event, r.to_state) = (l.from_state, l.event, l.to_state))
