-- A line of a step's log is not in tasker.step_transition_rules.
-- What to do: the change was not made by Tasker's functions; find out who writes to its tables.
select l.task_uuid, l.step_uuid, l.transition_id, l.from_state, l.event, l.to_state, l.at, l.actor
from tasker.step_transitions l
where not exists (
  select from tasker.step_transition_rules r where (r.from_state, r.event, r.to_state) = (l.from_state, l.event, l.to_state))
