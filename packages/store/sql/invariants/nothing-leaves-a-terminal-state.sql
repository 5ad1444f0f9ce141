-- The log has a change of a task or step that was over; only an operator's reset may do that, and it names its actor.
-- What to do: the change was not made by Tasker's functions; find out who writes to its tables.
select l.task_uuid, null::uuid as step_uuid, l.transition_id, l.from_state::text, l.event::text, l.to_state::text, l.at, l.actor
from tasker.task_transitions l
where l.from_state in ('complete', 'cancelled', 'resolved_manually')
  or (l.from_state = 'error' and (l.event <> 'reset' or l.actor = ''))
union all
select l.task_uuid, l.step_uuid, l.transition_id, l.from_state::text, l.event::text, l.to_state::text, l.at, l.actor
from tasker.step_transitions l
where l.from_state in ('complete', 'cancelled', 'resolved_manually')
