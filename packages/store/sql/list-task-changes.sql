-- $1 task id, $2 task transition and $3 step transition to continue after (0 for all)
-- the logs of the task and of its steps in one, oldest first; at one instant the steps come before their task
select 'task' as kind, l.transition_id, null::uuid as step_uuid, null as name, l.from_state::text, l.event::text,
  l.to_state::text, null::integer as attempt, l.at, l.actor, l.reason, null::jsonb as error
from tasker.task_transitions l
where l.task_uuid = $1 and l.transition_id > $2
union all
select 'step', l.transition_id, l.step_uuid, s.name, l.from_state::text, l.event::text, l.to_state::text, l.attempt, l.at,
  l.actor, l.reason, l.detail -> 'error'
from tasker.step_transitions l
join tasker.steps s on s.step_uuid = l.step_uuid
where l.step_uuid between tasker.step_id($1, 0) and tasker.step_id($1, 1048575) and l.transition_id > $3
order by at, kind, transition_id
